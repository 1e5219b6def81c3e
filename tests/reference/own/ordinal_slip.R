# Proportional odds where a search may go astray: a slip of the pen among the marks before (30 for
# 3), marks that only one pupil has. Numbers for tests/reference/test_own_ordinal.py.
# Run: Rscript ordinal_slip.R > ordinal_slip.csv   (R 4.2.2, ordinal of Debian 12)
suppressMessages(library(ordinal))
sets <- list(
  slip = data.frame(mark = c(5, 3, 5, 4, 5, 4, 4, 5, 3, 5, 2, 5, 2, 5, 3, 5),
                    before = replace(rep(2:5, 4), 14, 30), new = rep(c(1, 0), each = 8)),
  rare = data.frame(mark = c(4, 2, 5, 4, 5, 4, 4, 4, 4, 4, 4, 3, 4, 4, 5, 5, 4, 4, 5, 5, 4, 5),
                    before = c(3, 3, 2, 2, 4, 4, 30, 30, 2, 30, 4, 5, 2, 2, 2, 2, 4, 2, 30, 3, 3, 4),
                    new = rep(c(1, 0), c(17, 5))),
  # a whole Newton step falls by hundreds
  fall = data.frame(mark = c(2, 3, 5, 3, 4, 4, 3, 3, 4, 3, 4, 4, 4, 4, 4, 4),
                    before = c(2, 30, 30, 2, 4, 5, 30, 3, 2, 2, 5, 4, 30, 4, 2, 30),
                    new = rep(c(1, 0), c(7, 9)))
)
cat("set,quantity,expected\n")
for (name in names(sets)) {
  d <- sets[[name]]
  fit <- clm(factor(mark, ordered = TRUE) ~ new + before, data = d, control = list(gradTol = 1e-10))
  cat(sprintf("%s,estimate,%.12g\n%s,log_likelihood,%.12g\n", name, coef(fit)[["new"]], name, logLik(fit)))
}
