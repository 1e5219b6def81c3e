# Growth percentiles of 1,200 made-up pupils: numbers for tests/reference/test_own_growth.py.
# Run: Rscript growth.R   (writes growth.csv; R 4.2.2, quantreg of Debian 12)
suppressMessages({library(quantreg); library(splines)})
set.seed(20250902)
n <- 1200
before <- round(rnorm(n, 50, 10), 4)
after <- round(0.7 * before + 18 + rnorm(n, 0, 4 + abs(before - 50) / 10), 4)
r <- range(before)
b <- bs(before, knots = quantile(before, c(.2, .4, .6, .8)), Boundary.knots = r + c(-.1, .1) * diff(r), intercept = TRUE)
taus <- (2 * (0:99) + 1) / 200
p <- t(apply(b %*% coef(rq(after ~ b - 1, tau = taus)), 1, sort))
sgp <- pmin(pmax(rowSums(p < after - 1e-7 * max(abs(after))), 1), 99)
write.csv(data.frame(before, after, percentile = sgp), "growth.csv", row.names = FALSE, quote = FALSE)
