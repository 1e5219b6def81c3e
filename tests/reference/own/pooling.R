# Random effects over made-up schools: numbers for tests/reference/test_own_pooling.py.
# Run: Rscript pooling.R > pooling.csv   (R 4.2.2, metafor 3.8-1, Debian 12)
suppressMessages(library(metafor))
sets <- list(
  apart = list(y = c(0.31, 0.12, -0.05, 0.44, 0.20, 0.02), s = c(0.10, 0.08, 0.09, 0.15, 0.06, 0.11)),
  alike = list(y = c(0.10, 0.12, 0.11, 0.09), s = c(0.10, 0.08, 0.09, 0.15)),
  three = list(y = c(0.30, -0.10, 0.20), s = c(0.05, 0.06, 0.07)),
  two = list(y = c(0.30, 0.10), s = c(0.10, 0.12)),
  # two precise schools far apart among many that know nothing: τ² is above the variance of y
  far = list(y = c(-1, 1, 0, 0.1, 0, -0.1), s = c(0.01, 0.01, 5, 5, 5, 5))
)
cat("set,quantity,expected\n")
for (name in names(sets)) {
  d <- sets[[name]]
  fit <- rma(yi = d$y, sei = d$s, method = "REML", test = "adhoc", control = list(threshold = 1e-12, maxiter = 10000))
  k <- length(d$y)
  out <- c(estimate = c(fit$b), standard_error = fit$se, conf_low = fit$ci.lb, conf_high = fit$ci.ub,
           p_value = fit$pval, between = sqrt(fit$tau2), heterogeneity = fit$I2 / 100,
           heterogeneity_p = fit$QEp)
  if (k > 2) {
    reach <- qt(.975, k - 2) * sqrt(fit$tau2 + fit$se^2)
    out <- c(out, prediction_low = c(fit$b) - reach, prediction_high = c(fit$b) + reach)
  }
  for (q in names(out)) cat(sprintf("%s,%s,%.15g\n", name, q, out[[q]]))
}
