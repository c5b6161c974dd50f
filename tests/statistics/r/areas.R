# What R says of proportions and rates of places, and a directly standardised rate, on real data.
# Run as: Rscript areas.R FOLDER. Writes myeloma.csv (the counts) and areas.csv.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- data.frame(name = character(), value = numeric())
say <- function(name, value) out <<- rbind(out, data.frame(name = name, value = as.numeric(value)))

# Monoclonal gammopathy, Kyle and others (2002): deaths and years followed by sex and age band.
people <- survival::mgus2
people$band <- cut(people$age, c(0, 60, 70, 80, 120), right = FALSE, labels = FALSE)
counts <- aggregate(cbind(deaths = death, months = futime, persons = 1) ~ sex + band, people, sum)
counts$sex <- as.character(counts$sex)
write.csv(counts, file.path(folder, "myeloma.csv"), row.names = FALSE, quote = FALSE)

both <- aggregate(cbind(deaths, persons, months) ~ band, counts, sum)
say("homogeneity", prop.test(both$deaths, both$persons, correct = FALSE)$p.value)
rates <- glm(deaths ~ offset(log(months)), poisson, both)
say("homogeneity of rates", pchisq(sum(residuals(rates, "pearson")^2), nrow(both) - 1, lower.tail = FALSE))

# The gamma interval of Fay and Feuer (1997).
for (sex in c("F", "M")) {
  own <- counts[counts$sex == sex, ]
  weight <- both$months / sum(both$months) / own$months
  rate <- sum(weight * own$deaths)
  variance <- sum(weight^2 * own$deaths)
  most <- max(weight)
  say(paste("standardised", sex), rate)
  say(paste("lower", sex), qgamma(0.025, rate^2 / variance, scale = variance / rate))
  ahead <- rate + most
  spread <- variance + most^2
  say(paste("upper", sex), qgamma(0.975, ahead^2 / spread, scale = spread / ahead))
}

out$value <- format(out$value, digits = 15, trim = TRUE)
write.csv(out, file.path(folder, "areas.csv"), row.names = FALSE, quote = FALSE)
