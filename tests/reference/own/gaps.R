# Weak and strong, the lower tail and parallels by lm on values of classes: for
# tests/reference/test_own_gaps.py. Run: Rscript gaps.R > gaps_numbers.csv   (R 4.2.2; writes gaps.csv)
classes <- c("5A", "5B", "5C", "5D", "6A", "6B", "6C", "6D")
d <- expand.grid(place = 1:12, class_label = classes, stringsAsFactors = FALSE)
i <- seq_len(nrow(d))
d$innovative <- as.integer(d$class_label %in% c("5A", "5B", "6A"))
mark <- function(x) pmin(5, pmax(2, round(x)))
level <- 3.8 + sin(i * 2.3)
d$earlier <- round(level + .3 * cos(i * 1.3), 4)
d$before <- mark(level + .5 * cos(i * 3.1))
d$after <- mark(level + .5 * cos(i * 4.7) + .4 * d$innovative * (level < 3.6) + .1 * sin(as.integer(factor(d$class_label)) * 2))
d$later <- mark(level + .5 * cos(i * 2.9) + .3 * d$innovative * (level < 3.6))
write.csv(d[c("class_label", "innovative", "earlier", "before", "after", "later")], "gaps.csv", row.names = FALSE, quote = FALSE)
d$grade <- substr(d$class_label, 1, 1)
d$gain <- d$after - d$before
d$weak <- d$earlier <= ave(d$earlier, d$grade, FUN = function(x) quantile(x, 1 / 3, type = 1))
cat("quantity,expected\n")
told <- function(name, value) cat(sprintf("%s,%.15g\n", name, value))
arm <- tapply(d$innovative, d$class_label, mean)
contrast <- function(name, value, ours) {
  s <- summary(lm(value ~ ours))
  ci <- confint(lm(value ~ ours))["ours", ]
  told(paste0(name, ".estimate"), s$coefficients["ours", 1])
  told(paste0(name, ".standard_error"), s$coefficients["ours", 2])
  told(paste0(name, ".df"), s$df[2])
  told(paste0(name, ".p_value"), s$coefficients["ours", 4])
  told(paste0(name, ".conf_low"), ci[[1]]); told(paste0(name, ".conf_high"), ci[[2]])
}
permuted <- function(name, value, ours) {
  d <- abs(apply(combn(length(value), sum(ours)), 2, function(k) mean(value[k]) - mean(value[-k])))
  told(paste0(name, ".permutation"), mean(d >= abs(mean(value[ours == 1]) - mean(value[ours == 0])) - 1e-9))
}
# mean gain of the weak less mean gain of the others is the slope of gain on weak, class by class
gap <- sapply(classes, function(k) coef(lm(gain ~ weak, d[d$class_label == k, ]))[[2]])
contrast("gap", gap, arm); permuted("gap", gap, arm)
tail <- tapply((d$after <= 3) - (d$before <= 3), d$class_label, mean)
contrast("tail", tail, arm); permuted("tail", tail, arm)
# two terms after: a class's change is the slope of single marks on the phase
change <- sapply(classes, function(k) {
  own <- d[d$class_label == k, ]
  low <- as.integer(c(own$before, own$after, own$later) <= 3)
  coef(lm(low ~ rep(c(0, 1, 1), each = nrow(own))))[[2]]
})
contrast("tail_terms", change, arm); permuted("tail_terms", change, arm)
gain <- tapply(d$gain, d$class_label, mean)
for (grade in c("5", "6")) {
  own <- substr(classes, 1, 1) == grade
  contrast(paste0("parallel_", grade), gain[own], arm[own])
}
parallel <- substr(classes, 1, 1)
test <- anova(lm(gain ~ parallel + arm), lm(gain ~ parallel * arm))
told("heterogeneity.statistic", test$F[2]); told("heterogeneity.df", test$Res.Df[2])
told("heterogeneity.p_value", test$`Pr(>F)`[2])
