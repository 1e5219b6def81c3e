# Shrunken pupil residuals are the BLUPs of lme4: numbers for tests/reference/test_own_residuals.py.
# Run: Rscript residuals.R   (writes residuals.csv and residuals_numbers.csv; R 4.2.2, lme4)
suppressMessages(library(lme4))
pupils <- 12; names <- c("5A", "5B", "6A", "6B"); subjects <- c("algebra", "history", "physics")
d <- expand.grid(subject = subjects, place = seq_len(pupils), class_label = names)
i <- seq_len(nrow(d))
who <- as.integer(factor(paste(d$class_label, d$place)))
d$pupil <- sprintf("%s-%02d", d$class_label, d$place)
d$innovative <- as.integer(d$class_label %in% c("5A", "6B"))
d$before <- round(3.8 + .6 * sin(who * 2.3) + .3 * cos(i * 1.7), 4)
d$after <- round(.8 + .8 * d$before + .35 * sin(who * 1.1) + .4 * sin(i * 2.9) + .2 * (d$class_label == "5A"), 4)
write.csv(d[c("pupil", "class_label", "innovative", "subject", "before", "after")], "residuals.csv", row.names = FALSE, quote = FALSE)
d$start <- ave(d$before, d$pupil)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6))
m <- lmer(after ~ class_label * subject + start + (1 | pupil), d, control = tight)
v <- as.data.frame(VarCorr(m))$vcov
told <- function(name, value) data.frame(quantity = name, expected = sprintf("%.15g", value))
blup <- ranef(m)$pupil
out <- rbind(
  told("chance", v[2]), told("spread", sqrt(v[1])), told("slope", fixef(m)[["start"]]),
  do.call(rbind, lapply(rownames(blup), function(p) told(paste0("blup.", p), blup[p, 1]))))
write.csv(out, "residuals_numbers.csv", row.names = FALSE, quote = FALSE)
