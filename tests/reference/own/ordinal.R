# Proportional odds of made-up marks: numbers for tests/reference/test_own_ordinal.py.
# Run: Rscript ordinal.R   (writes marks.csv and ordinal.csv; R 4.2.2, ordinal of Debian 12)
suppressMessages(library(ordinal))
set.seed(20250901)
classes <- rep(c("5A", "5B", "6A", "6B", "7A", "7B"), times = c(21, 24, 19, 26, 22, 23))
ours <- as.integer(classes %in% c("5A", "6A", "7A"))
before <- sample(3:5, length(classes), replace = TRUE)
latent <- 0.8 * (before - 4) + 0.5 * ours + rlogis(length(classes))
mark <- cut(latent, c(-Inf, -2.2, -0.4, 1.4, Inf), labels = FALSE) + 1
d <- data.frame(class_label = classes, innovative = ours, before = before, mark = mark)
write.csv(d, "marks.csv", row.names = FALSE, quote = FALSE)
d$y <- factor(d$mark, ordered = TRUE)
fit <- clm(y ~ innovative + before, data = d, control = list(gradTol = 1e-12))
nominal <- clm(y ~ before, nominal = ~ innovative, data = d, control = list(gradTol = 1e-12))
g <- unique(d$class_label)
left <- sapply(g, function(c) coef(clm(y ~ innovative + before, data = droplevels(d[d$class_label != c, ]), control = list(gradTol = 1e-12)))["innovative"])
se <- sqrt((length(g) - 1) / length(g) * sum((left - mean(left))^2))
lr <- as.numeric(2 * (logLik(nominal) - logLik(fit)))
b <- coef(fit)[["innovative"]]
out <- c(estimate = b, log_likelihood = as.numeric(logLik(fit)), threshold_1 = coef(fit)[[1]],
  threshold_3 = coef(fit)[[3]], standard_error = se, conf_low = b - qt(.975, length(g) - 2) * se,
  odds_ratio = exp(b), proportional_statistic = lr, proportional_p = pchisq(lr, 2, lower.tail = FALSE))
write.csv(data.frame(quantity = names(out), expected = sprintf("%.12g", out)), "ordinal.csv", row.names = FALSE, quote = FALSE)
