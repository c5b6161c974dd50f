# What R says of curves, Cox models and a logistic regression of a synthetic refresh.
# Run as: Rscript models.R FOLDER. Reads cox-*.csv, curve-*.csv and logistic-*.csv there, and writes found.csv.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- data.frame(name = character(), value = numeric())
say <- function(name, value) out <<- rbind(out, data.frame(name = name, value = as.numeric(value)))
named <- function(kind) sort(list.files(folder, paste0("^", kind, "-.*[.]csv$")))
short <- function(file) sub("^[a-z]+-(.*)[.]csv$", "\\1", file)
told <- function(name, columns, b, se) for (part in c("value", "lower", "upper"))
  say(paste(name, columns, part), exp(b + c(value = 0, lower = -1, upper = 1)[[part]] * qnorm(0.975) * se))

for (file in named("curve")) {
  data <- read.csv(file.path(folder, file))
  name <- short(file)
  curve <- survfit(Surv(ticks, event) ~ 1, data, conf.type = "log-log")
  for (year in c(1, 2, 3, 5, 8)) {
    at <- summary(curve, times = year * 384, extend = FALSE)
    say(paste(name, year, "value"), 100 * (1 - at$surv))
    say(paste(name, year, "lower"), 100 * (1 - at$upper))
    say(paste(name, year, "upper"), 100 * (1 - at$lower))
    say(paste(name, year, "numerator"), sum(data$event[data$ticks <= year * 384]))
  }
  test <- survdiff(Surv(days, event) ~ level, data[data$level >= 0, ])
  say(paste(name, "log-rank"), pchisq(test$chisq, length(test$n) - 1, lower.tail = FALSE))
}

# Ends of intervals in months, each with 20 events; what is left at the end goes with the one before.
months <- c(6, 12, 18, 24, 36, 48, 60, 84, 120, 240)
intervals <- function(times) {
  counts <- table(cut(times, c(-1, round(months * 365.25 / 12)), labels = months))
  waiting <- 0
  ends <- c()
  for (month in months) {
    waiting <- waiting + counts[[as.character(month)]]
    if (waiting >= 20) {
      ends <- c(ends, month)
      waiting <- 0
    }
  }
  if (waiting > 0) ends[length(ends)] <- max(months[counts > 0])
  ends
}
exact <- coxph.control(eps = 1e-12, toler.chol = 1e-13, toler.inf = 1e-6, iter.max = 50)
for (file in named("cox")) {
  data <- read.csv(file.path(folder, file), check.names = FALSE)
  name <- short(file)
  covariates <- grep("^x", names(data), value = TRUE)
  terms <- c(sprintf("factor(%s)", covariates), "strata(stratum)", "cluster(cluster)")
  # A spell from time zero is at risk before the first time, so also at an event at zero.
  data$start[data$start == 0] <- -0.5
  model <- as.formula(paste("Surv(start, stop, event) ~", paste(terms, collapse = " + ")))
  fit <- coxph(model, data, control = exact)
  columns <- sub("factor\\((x[0-9]+)\\)", "\\1 ", names(coef(fit)))
  told(name, columns, coef(fit), sqrt(diag(fit$var)))
  say(paste(name, "concordance"), fit$concordance[["concordance"]])
  residuals <- cox.zph(fit)
  ends <- intervals(residuals$time)
  place <- cut(residuals$time, c(-1, round(ends * 365.25 / 12)))
  for (at in seq_along(covariates)) {
    # R gives a covariate of one column its coefficient, and one of several 1.
    alone <- sum(sub(" .*", "", columns) == covariates[at]) == 1
    scale <- if (alone) coef(fit)[sub(" .*", "", columns) == covariates[at]] else 1
    say(paste(name, "effect", covariates[at], ends), tapply(residuals$y[, at], place, mean) / scale)
  }
  proportional <- residuals$table
  # R gives the tests of terms in their order, and the global one last.
  say(paste(name, "proportional hazards", c(covariates, "")), proportional[, "p"])
}

for (file in named("logistic")) {
  data <- read.csv(file.path(folder, file))
  name <- short(file)
  covariates <- grep("^x", names(data), value = TRUE)
  # A level at which all or none have the outcome has no finite odds ratio.
  repeat {
    perfect <- rep(FALSE, nrow(data))
    for (each in covariates) {
      share <- tapply(data$outcome, data[[each]], mean)
      perfect <- perfect | share[as.character(data[[each]])] %in% c(0, 1)
    }
    if (!any(perfect)) break
    data <- data[!perfect, ]
  }
  terms <- sprintf("factor(%s)", covariates)
  fit <- glm(as.formula(paste("outcome ~", paste(terms, collapse = " + "))), family = binomial, data = data,
    control = glm.control(epsilon = 1e-14, maxit = 100))
  X <- model.matrix(fit)
  p <- fitted(fit)
  bread <- solve(t(X) %*% (X * (p * (1 - p))))
  scores <- rowsum(X * (data$outcome - p), data$cluster)
  G <- nrow(scores)
  V <- bread %*% (t(scores) %*% scores) %*% bread * G / (G - 1) * (nrow(X) - 1) / (nrow(X) - ncol(X))
  columns <- sub("factor\\((x[0-9]+)\\)", "\\1 ", colnames(X))[-1]
  told(name, columns, coef(fit)[-1], sqrt(diag(V))[-1])
}
out$value <- format(out$value, digits = 15, trim = TRUE)
write.csv(out, file.path(folder, "found.csv"), row.names = FALSE, quote = FALSE)
