# Mixes of control classes: numbers for tests/reference/test_own_synthetic.py.
# Run: Rscript synthetic.R   (writes synthetic_marks.csv and synthetic.csv; R 4.2.2, quadprog 1.5-8)
# Least squares with weights that are not negative and sum to one, by quadprog (Goldfarb & Idnani),
# every class in turn against the others; the ridge of 1e-6 keeps two equal classes equal.
suppressMessages(library(quadprog))
set.seed(20250902)
terms <- paste0("T", 1:10); before <- 7; ridge <- 1e-6
rise <- cumsum(rnorm(10, 0, .05)); swing <- sin(1:10)
marks <- t(sapply(1:7, function(i) round(runif(1, 3.4, 4.2) + runif(1, .5, 1.5) * rise +
                                           runif(1, -.15, .15) * swing + rnorm(10, 0, .04), 2)))
ours <- round(.5 * marks[2, ] + .3 * marks[5, ] + .2 * marks[6, ] + rnorm(10, 0, .03), 2)
ours[8:10] <- ours[8:10] + c(.2, .3, .25)
table <- rbind(ours, marks); rownames(table) <- c("5A", paste0(5:11, "B"))
write.csv(data.frame(class_label = rownames(table), table), "synthetic_marks.csv", row.names = FALSE, quote = FALSE)

mix <- function(target, others) {
  d <- t(others[, 1:before]) - target[1:before]
  n <- nrow(others)
  found <- solve.QP(crossprod(d) + ridge * diag(n), rep(0, n), cbind(1, diag(n)), c(1, rep(0, n)), meq = 1)
  w <- pmax(found$solution, 0)
  gaps <- target - as.vector(w %*% others)
  list(weights = w, gaps = gaps, before = sqrt(mean(gaps[1:before]^2)), after = sqrt(mean(gaps[-(1:before)]^2)))
}
own <- mix(table[1, ], table[-1, ])
ratio <- function(m) m$after / max(m$before, .01)
ratios <- c(ratio(own), sapply(2:8, function(i) ratio(mix(table[i, ], table[-c(1, i), ]))))
out <- c(setNames(own$weights, paste0("weight.", rownames(table)[-1])), fit_before = own$before,
         estimate = mean(own$gaps[-(1:before)]) - mean(own$gaps[1:before]), p_value = mean(ratios >= ratios[1] - 1e-9))
write.csv(data.frame(quantity = names(out), expected = sprintf("%.12g", out)), "synthetic.csv", row.names = FALSE, quote = FALSE)
