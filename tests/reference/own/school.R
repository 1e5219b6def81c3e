# Ten classes of school.csv judged by R: numbers for tests/reference/test_own_school.py.
# Run: Rscript school.R > school_numbers.csv
# (R 4.2.2 with lme4 1.1-31, clubSandwich 0.5.8, sandwich 3.0-2 of Debian 12; school.csv by school.py)
suppressMessages({library(lme4); library(clubSandwich); library(sandwich)})
cat("quantity,expected\n")
say <- function(name, value) cat(sprintf("%s,%.15g\n", name, value))

marks <- read.csv("school.csv")
marks$late <- as.integer(marks$term >= 3)
means <- aggregate(mark ~ pupil + class_label + innovative + late, marks, mean)
pupils <- merge(means[means$late == 0, -4], means[means$late == 1, -4],
                by = c("pupil", "class_label", "innovative"), suffixes = c("_before", "_after"))
names(pupils)[4:5] <- c("before", "after")
pupils$gain <- pupils$after - pupils$before
classes <- aggregate(gain ~ class_label + innovative, pupils, mean)

told <- function(name, model) {
  row <- summary(model)$coefficients["innovative", ]
  ends <- confint(model)["innovative", ]
  say(paste0(name, ".estimate"), row[1]); say(paste0(name, ".standard_error"), row[2])
  say(paste0(name, ".df"), model$df.residual); say(paste0(name, ".p_value"), row[4])
  say(paste0(name, ".conf_low"), ends[1]); say(paste0(name, ".conf_high"), ends[2])
}
told("two_step", lm(gain ~ innovative, classes))

welch <- with(classes, t.test(gain[innovative == 1], gain[innovative == 0]))
say("welch.standard_error", welch$stderr); say("welch.df", welch$parameter)
say("welch.p_value", welch$p.value)

slope <- coef(lm(after ~ innovative + before, pupils))["before"]
pupils$adjusted <- pupils$after - slope * pupils$before
told("ancova_two_step", lm(adjusted ~ innovative, aggregate(adjusted ~ class_label + innovative, pupils, mean)))

ways <- combn(10, 5)
differences <- apply(ways, 2, function(own) mean(classes$gain[own]) - mean(classes$gain[-own]))
observed <- with(classes, mean(gain[innovative == 1]) - mean(gain[innovative == 0]))
say("permutation.p_value", mean(abs(differences) >= abs(observed) - 1e-9))

model <- lm(after ~ innovative + before, pupils)
say("fit.estimate", coef(model)["innovative"])
for (type in c("CR0", "CR1S", "CR2", "CR3")) {
  v <- vcovCR(model, cluster = pupils$class_label, type = type)
  say(paste0("fit.standard_error.", type), sqrt(v["innovative", "innovative"]))
}
v <- vcovCL(model, cluster = pupils$class_label, type = "HC1", cadjust = TRUE)
say("fit.standard_error.sandwich", sqrt(v["innovative", "innovative"]))
tests <- coef_test(model, vcov = "CR2", cluster = pupils$class_label, test = "Satterthwaite")
say("fit.df.CR2", tests["innovative", "df_Satt"]); say("fit.p_value.CR2", tests["innovative", "p_Satt"])

marks$started <- marks$innovative * marks$late
marks$row <- interaction(marks$pupil, marks$subject)
panel <- lm(mark ~ started + row + factor(term), marks)
say("panel.estimate", coef(panel)["started"])
v <- vcovCR(panel, cluster = marks$class_label, type = "CR0")
say("panel.standard_error.CR0", sqrt(v["started", "started"]))

mixed <- lmer(gain ~ innovative + (1 | class_label), pupils,
              control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)))
say("mixed.estimate", fixef(mixed)["innovative"])
say("mixed.standard_error", sqrt(vcov(mixed)["innovative", "innovative"]))
say("mixed.spread", attr(VarCorr(mixed)$class_label, "stddev")[[1]])
say("mixed.residual_sd", sigma(mixed))
say("mixed.criterion", REMLcrit(mixed))

# wild cluster bootstrap: null imposed, every sign of ten classes, t with CR0, ties count
x <- model.matrix(gain ~ innovative, pupils)
inverse <- solve(crossprod(x))
t_of <- function(y) {
  b <- inverse %*% crossprod(x, y)
  scores <- rowsum(x * as.vector(y - x %*% b), pupils$class_label)
  b[2] / sqrt((inverse %*% crossprod(scores) %*% inverse)[2, 2])
}
centre <- mean(pupils$gain)
left <- pupils$gain - centre
signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), 10)))
place <- match(pupils$class_label, sort(unique(pupils$class_label)))
draws <- apply(signs, 1, function(s) t_of(centre + left * s[place]))
say("wild.statistic", t_of(pupils$gain))
say("wild.p_value", mean(abs(draws) >= abs(t_of(pupils$gain)) - 1e-8))
