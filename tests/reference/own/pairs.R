# Gains of matched pairs of classes: numbers for tests/reference/test_own_pairs.py.
# Run: Rscript pairs.R > pairs.csv
# (R 4.2.2; exactRankTests 0.8-35 and coin 1.4-2 of Debian 12)
suppressMessages({library(exactRankTests); library(coin)})
sets <- list(
  eight = list(ours = c(31, 12, -5, 44, 20, 2, 27, 18), theirs = c(10, 8, -9, 15, 16, 11, 3, 20)),
  ten = list(ours = c(5, 41, 22, -13, 30, 8, 19, 27, 14, 33), theirs = c(12, 9, 25, -20, 1, 10, -4, 16, 3, 40)),
  six = list(ours = c(30, 25, 41, 12, 22, 19), theirs = c(10, 12, 9, 8, -3, 1))
)
cat("set,quantity,expected\n")
for (name in names(sets)) {
  d <- sets[[name]]
  say <- function(quantity, value) cat(sprintf("%s,%s,%.15g\n", name, quantity, value))
  found <- with(d, t.test(ours / 100, theirs / 100, paired = TRUE))
  say("estimate", found$estimate); say("standard_error", found$stderr); say("df", found$parameter)
  say("t.p_value", found$p.value); say("t.conf_low", found$conf.int[1]); say("t.conf_high", found$conf.int[2])
  say("flip.p_value.exactRankTests", with(d, perm.test(ours, theirs, paired = TRUE, exact = TRUE))$p.value)
  n <- length(d$ours)
  long <- data.frame(y = c(d$ours, d$theirs), x = factor(rep(c("ours", "theirs"), each = n)),
                     pair = factor(rep(seq_len(n), 2)))
  say("flip.p_value.coin", as.numeric(pvalue(symmetry_test(y ~ x | pair, data = long, distribution = "exact"))))
  # the interval: every effect that the enumerated test does not reject, its ends by bisection
  gaps <- (d$ours - d$theirs) / 100
  signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), n)))
  p_at <- function(effect) mean(abs(signs %*% (gaps - effect)) >= abs(sum(gaps - effect)) - 1e-9)
  end <- function(outside) {
    inside <- mean(gaps)
    for (step in 1:60) {
      middle <- (inside + outside) / 2
      if (p_at(middle) >= .05) inside <- middle else outside <- middle
    }
    inside
  }
  say("flip.conf_low", end(mean(gaps) - 5)); say("flip.conf_high", end(mean(gaps) + 5))
}
