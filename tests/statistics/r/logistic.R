# What R says of a logistic regression with cluster-robust errors, its fit and its discrimination.
# Base R alone; run as: Rscript logistic.R FOLDER. Writes infert.csv (the data) and logistic.csv there.
folder <- commandArgs(trailingOnly = TRUE)[1]
data <- datasets::infert[, c("education", "parity", "induced", "case", "spontaneous", "stratum", "age")]
data$parity <- pmin(data$parity, 4)
write.csv(data, file.path(folder, "infert.csv"), row.names = FALSE, quote = FALSE)

fit <- glm(case ~ education + factor(parity) + factor(induced) + factor(spontaneous),
  family = binomial, data = data, control = glm.control(epsilon = 1e-14, maxit = 100))
X <- model.matrix(fit)
p <- fitted(fit)
n <- nrow(X)
k <- ncol(X)
bread <- solve(t(X) %*% (X * (p * (1 - p))))
scores <- rowsum(X * (data$case - p), data$stratum)
G <- nrow(scores)
V <- bread %*% (t(scores) %*% scores) %*% bread * G / (G - 1) * (n - 1) / (n - k)
se <- sqrt(diag(V))
out <- data.frame(
  name = c(paste("odds ratio", colnames(X)), paste("lower", colnames(X)), paste("upper", colnames(X))),
  value = exp(c(coef(fit), coef(fit) - qnorm(0.975) * se, coef(fit) + qnorm(0.975) * se)))

wald <- function(columns) {
  b <- coef(fit)[columns]
  pchisq(drop(t(b) %*% solve(V[columns, columns]) %*% b), length(columns), lower.tail = FALSE)
}
terms <- attr(X, "assign")
tests <- sapply(1:4, function(term) wald(which(terms == term)))
out <- rbind(out, data.frame(
  name = paste("wald", c("education", "parity", "induced", "spontaneous")), value = tests))

risk <- round(p, 12)
cuts <- unique(quantile(risk, seq(0, 1, 0.1)))
place <- cut(risk, cuts, include.lowest = TRUE)
observed <- tapply(data$case, place, sum)
expected <- tapply(risk, place, sum)
size <- tapply(risk, place, length)
hl <- sum((observed - expected)^2 / expected + (observed - expected)^2 / (size - expected))
auc <- unname(wilcox.test(p[data$case == 1], p[data$case == 0], exact = FALSE)$statistic) /
  (sum(data$case == 1) * sum(data$case == 0))

trend <- glm(case ~ age, family = binomial, data = data, subset = education != "0-5yrs",
  control = glm.control(epsilon = 1e-14, maxit = 100))
rows <- data[data$education != "0-5yrs", ]
X <- model.matrix(trend)
p <- fitted(trend)
bread <- solve(t(X) %*% (X * (p * (1 - p))))
scores <- rowsum(X * (rows$case - p), rows$stratum)
G <- nrow(scores)
V <- bread %*% (t(scores) %*% scores) %*% bread * G / (G - 1) * (nrow(X) - 1) / (nrow(X) - 2)
slope <- coef(trend)[2] + c(0, -1, 1) * qnorm(0.975) * sqrt(V[2, 2])
out <- rbind(out,
  data.frame(name = c("hosmer-lemeshow", "auc"),
    value = c(pchisq(hl, nlevels(place) - 2, lower.tail = FALSE), auc)),
  data.frame(name = c("trend", "trend lower", "trend upper"), value = exp(slope)))
out$value <- format(out$value, digits = 15)
write.csv(out, file.path(folder, "logistic.csv"), row.names = FALSE, quote = FALSE)
