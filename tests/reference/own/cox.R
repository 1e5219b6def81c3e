# The Cox index of counts: numbers for tests/reference/test_own_cox.py.
# Run: Rscript cox.R > cox.csv   (R 4.2.2, metafor 3.8-1, Debian 12)
suppressMessages(library(metafor))
cat("innovative_good,innovative,control_good,control,quantity,expected\n")
for (d in list(c(40, 50, 25, 50), c(9, 23, 14, 26), c(3, 110, 20, 97))) {
  found <- summary(escalc(measure = "OR2DN", ai = d[1], n1i = d[2], ci = d[3], n2i = d[4]))
  out <- c(estimate = found$yi, standard_error = found$sei, conf_low = found$ci.lb, conf_high = found$ci.ub)
  for (q in names(out)) cat(sprintf("%d,%d,%d,%d,%s,%.15g\n", d[1], d[2], d[3], d[4], q, out[[q]]))
}
