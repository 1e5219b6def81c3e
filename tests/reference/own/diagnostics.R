# Diagnoses before a result, for tests/reference/test_own_diagnostics.py.
# Run: Rscript diagnostics.R > diagnostics.csv   (R 4.2.2 of Debian 12, lme4)
suppressMessages(library(lme4))
told <- function(name, value) cat(sprintf("%s,%.15g\n", name, value))
cat("quantity,expected\n")

# Class gains of three years; the last is this year's.
gains <- c(.12, -.05, .31, .02, -.2, .08, .15, -.11, .04, .22, -.02, .55, -.47, .09, .38)
year <- factor(rep(c("2023-24", "2024-25", "2025-26"), c(5, 6, 4)))
middle <- ave(gains, year, FUN = median)
z <- abs(gains - middle)
# car::leveneTest(gains, year, center = median) is this anova.
test <- anova(lm(z ~ year))
told("levene_statistic", test$`F value`[1]); told("levene_p", test$`Pr(>F)`[1])
# This year against the archive, without the value that is the median of a group of odd size.
kept <- !(year == "2023-24" & gains == middle)
now <- year == "2025-26"
test <- anova(lm(z[kept] ~ now[kept]))
told("now_statistic", test$`F value`[1]); told("now_p", test$`Pr(>F)`[1])
told("trend", coef(lm(tapply(gains, year, mean) ~ I(2023:2025)))[[2]])

# Three subjects, four arms of ten classes.
arm <- factor(rep(1:4, each = 10))
i <- 1:40
x <- cbind(sin(i), sin(i) + .6 * cos(3 * i), 2 * cos(2 * i))
e <- resid(lm(x ~ arm))
s <- crossprod(e) / (40 - 4)
w <- solve(cov2cor(s), rep(1, 3)) / sqrt(diag(s))
w <- w / sum(w)
for (k in 1:3) told(paste0("weight_", k), w[k])

# Pupils in classes in years, balanced: REML equals the analysis of variance.
pupil <- 1:48
unit <- factor(rep(1:8, each = 6)); of <- factor(rep(1:2, each = 24))
y <- sin(pupil * 1.7) + cos(as.integer(unit) * 2.3) + 2 * (of == "2")
v <- as.data.frame(VarCorr(lmer(y ~ of + (1 | unit), control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))))$vcov
told("icc_within_years", v[1] / sum(v))

# Pre-trend: six classes, two of them innovative, four terms before the start.
class <- factor(rep(1:6, each = 4)); term <- factor(rep(1:4, 6))
m <- 3.5 + .2 * sin(as.integer(class) * 5) + .1 * as.integer(term) + .15 * sin((1:24) * 2.9)
ours <- as.integer(class) <= 2
test <- anova(lm(m ~ class + term), lm(m ~ class + term + ours:term))
told("pre_trend_statistic", test$F[2]); told("pre_trend_p", test$`Pr(>F)`[2])
