# ICC(1) of five made-up classes of four pupils: numbers for tests/reference/test_own_icc.py.
# Run: Rscript icc.R > icc.csv   (R 4.2.2, psych of Debian 12)
suppressMessages(library(psych))
classes <- rbind(c(3, 4, 4, 5), c(4, 5, 5, 5), c(2, 3, 3, 4), c(3, 3, 4, 4), c(4, 4, 5, 5))
found <- ICC(classes, lmer = FALSE)$results["Single_raters_absolute", ]
cat("quantity,expected\n")
cat(sprintf("estimate,%.15g\nconf_low,%.15g\nconf_high,%.15g\n", found$ICC, found[["lower bound"]], found[["upper bound"]]))
