# Degrees of freedom of mixed models inside and at the edge: for tests/reference/test_own_mixed.py.
# Run: Rscript mixed.R > mixed.csv   (R 4.2.2, lme4, lmerTest and pbkrtest of Debian 12)
suppressMessages({library(lmerTest); library(pbkrtest)})
i <- 1:30
d <- data.frame(class = factor(rep(1:6, times = c(4, 6, 5, 4, 6, 5))), time = cos(i * 1.3))
k <- as.integer(d$class)
d$ours <- k %% 2
noise <- sin(i * 2.1)
d$slopes <- noise + sin(k * 2) + cos(k * 5) * d$time
d$apart <- noise + sin(k * 2) + .5 * d$time
d$alike <- noise - .9 * ave(noise, d$class)              # classes more alike than chance
d$fan <- noise + (sin(k * 2) - .4) * (d$time - 1.2)      # level and slope move together
cat("case,quantity,expected\n")
told <- function(case, formula) {
  tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6))
  m <- suppressMessages(lmer(formula, d, control = tight))
  show <- function(name, values) cat(sprintf("%s,%s_%d,%.12g\n", case, name, seq_along(values), values), sep = "")
  cat(sprintf("%s,singular,%d\n", case, isSingular(m)))
  show("spread", attr(VarCorr(m)$class, "stddev"))
  s <- coef(summary(m))
  show("estimate", s[, "Estimate"]); show("standard_error", s[, "Std. Error"]); show("satterthwaite", s[, "df"])
  s <- coef(summary(m, ddf = "Kenward-Roger"))
  show("adjusted", s[, "Std. Error"]); show("kenward_roger", s[, "df"])
}
told("apart", apart ~ ours + time + (1 | class))
told("alike", alike ~ ours + time + (1 | class))
told("slopes", slopes ~ ours + time + (time | class))
told("together", fan ~ ours + time + (time | class))
told("nothing", alike ~ ours + time + (time | class))
