# What R's survival says of curves, their summaries, the log-rank test and Cox models on real data.
# Run as: Rscript survival.R FOLDER. Writes colon.csv, heart.csv, bladder.csv (the data) and survival.csv.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- data.frame(name = character(), value = numeric())
say <- function(name, value) out <<- rbind(out, data.frame(name = name, value = as.numeric(value)))
keep <- function(data, name)
  write.csv(data, file.path(folder, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)

# Colon cancer: two events a patient, many ties.
colon <- survival::colon[, c("id", "rx", "sex", "age", "surg", "node4", "time", "status", "etype")]
colon$rx <- as.character(colon$rx)
keep(colon, "colon")
death <- colon[colon$etype == 2, ]
curve <- survfit(Surv(time, status) ~ 1, death, conf.type = "log-log")
for (day in c(100, 365, 1000, 1826, 2500)) {
  at <- summary(curve, times = day)
  say(paste("survival", day), at$surv)
  say(paste("lower", day), at$lower)
  say(paste("upper", day), at$upper)
}
mean <- summary(curve, rmean = 1826.25)$table
say("restricted mean", mean[["rmean"]])
say("restricted mean error", mean[["se(rmean)"]])
half <- (1 - summary(curve, times = 1826.25)$surv) / 2
say("half time", min(curve$time[1 - curve$surv >= half]))
test <- survdiff(Surv(time, status) ~ rx, death)
say("log-rank", test$chisq)
say("log-rank p", pchisq(test$chisq, 2, lower.tail = FALSE))

# Means of scaled Schoenfeld residuals by interval of time; a term of one column by its coefficient.
effects <- function(name, fit, ends) {
  residuals <- cox.zph(fit)
  place <- cut(residuals$time, c(-1, ends))
  for (term in colnames(residuals$y)) {
    scale <- if (term %in% names(coef(fit))) coef(fit)[[term]] else 1
    say(paste(name, "effect", term, ends), tapply(residuals$y[, term], place, mean) / scale)
  }
}
told <- function(name, fit, ends) {
  effects(name, fit, ends)
  say(paste(name, "coefficient", names(coef(fit))), coef(fit))
  say(paste(name, "own error", names(coef(fit))), sqrt(diag(fit$naive.var)))
  say(paste(name, "robust error", names(coef(fit))), sqrt(diag(fit$var)))
  say(paste(name, "log likelihood", 0:1), fit$loglik)
  say(paste(name, "concordance"), fit$concordance[["concordance"]])
  proportional <- cox.zph(fit)$table
  say(paste(name, "proportional", rownames(proportional)), proportional[, "chisq"])
}
exact <- coxph.control(eps = 1e-12, toler.chol = 1e-13, toler.inf = 1e-6, iter.max = 50)
told("plain", coxph(Surv(time, status) ~ rx + sex + node4 + cluster(id), death, control = exact), c(365, 730, 1460, 4000))
told("stratified", coxph(
  Surv(time, status) ~ rx + sex + node4 + strata(etype) + cluster(id), colon, control = exact), c(365, 730, 1460, 4000))

# Heart transplants: covariates that change, so that spells begin late. Half days are counted as days.
heart <- survival::heart[, c("start", "stop", "event", "age", "year", "surgery", "transplant", "id")]
heart$start <- 2 * heart$start
heart$stop <- 2 * heart$stop
heart$transplant <- as.integer(heart$transplant == "1")
keep(heart, "heart")
told("changing", coxph(
  Surv(start, stop, event) ~ age + surgery + transplant + cluster(id), heart, control = exact), c(60, 240, 4000))

# Bladder cancer: recurrent events, by gap time within the order of the event.
bladder <- survival::bladder2[, c("id", "rx", "number", "size", "start", "stop", "event", "enum")]
bladder$gap <- bladder$stop - bladder$start
keep(bladder, "bladder")
told("gap time", coxph(
  Surv(gap, event) ~ rx + number + size + strata(enum) + cluster(id), bladder, control = exact), c(3, 6, 12, 60))

out$value <- format(out$value, digits = 15, trim = TRUE)
write.csv(out, file.path(folder, "survival.csv"), row.names = FALSE, quote = FALSE)
