# What a t test notices: numbers for tests/reference/test_own_power.py.
# Run: Rscript power.R > power.csv   (R 4.2.2, Debian 12)
# One standard deviation between classes; arms of one size by power.t.test(strict = TRUE), which
# counts both tails of the noncentral t; arms of two sizes by the root of the same power.
cat("innovative,control,power,expected\n")
say <- function(g1, g0, power, value) cat(sprintf("%d,%d,%.2f,%.15g\n", g1, g0, power, value))
for (power in c(.80, .90)) {
  for (n in 2:6) {
    found <- suppressWarnings(power.t.test(n = n, sd = 1, power = power, strict = TRUE, tol = 1e-12))
    say(n, n, power, found$delta)
  }
  for (arms in list(c(1, 2), c(1, 3), c(1, 6), c(2, 4), c(4, 6), c(20, 30))) {
    df <- sum(arms) - 2
    edge <- qt(.975, df)
    lacking <- function(away)
      pt(edge, df, away, lower.tail = FALSE) + pt(-edge, df, away) - power
    away <- suppressWarnings(uniroot(lacking, c(.1, 37), tol = 1e-13)$root)
    say(arms[1], arms[2], power, away * sqrt(sum(1 / arms)))
  }
}
