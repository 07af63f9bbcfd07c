# Survival models of outages.csv by R's package survival; prints survival_models.csv.
# Run: Rscript survival_models.R > survival_models.csv
suppressPackageStartupMessages(library(survival))
d <- read.csv("outages.csv")
out <- function(model, convention, quantity, term, value) cat(sprintf("%s,%s,%s,%s,%.15g\n", model, convention, quantity, term, value))
terms <- c("minority_share", "house_age")
cat("model,convention,quantity,term,value\n")

# Cox: R's cluster and robust errors carry no factor for the number of clusters or rows.
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
cox <- function(name, fit) {
  for (term in terms) out(name, "estimate", "estimate", term, coef(fit)[[term]])
  naive <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
  for (k in 1:2) out(name, "observed", "std_error", terms[k], sqrt(naive[k, k]))
  if (!is.null(fit$naive.var)) for (k in 1:2) out(name, "robust", "std_error", terms[k], sqrt(fit$var[k, k]))
  out(name, "whole", "loglik", "", fit$loglik[2])
}
f <- Surv(hours, restored) ~ minority_share + house_age
cox("cox_efron", coxph(f, d, ties = "efron", control = tight))
cox("cox_breslow", coxph(f, d, ties = "breslow", control = tight))
cox("cox_efron_clustered", coxph(f, d, ties = "efron", control = tight, cluster = block))
cox("cox_breslow_clustered", coxph(f, d, ties = "breslow", control = tight, cluster = block))
cox("cox_breslow_weighted", coxph(f, d, ties = "breslow", control = tight, weights = weight, robust = TRUE))

# Log-normal accelerated failure times; Log(scale) stands last among the parameters.
closer <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
aft <- function(name, fit, robust = NULL) {
  all <- c("Intercept", terms, "log_sigma")
  found <- c(coef(fit), log(fit$scale))
  for (k in 1:4) out(name, "estimate", "estimate", all[k], found[[k]])
  naive <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
  for (k in 1:4) out(name, "observed", "std_error", all[k], sqrt(naive[k, k]))
  if (!is.null(robust)) for (k in 1:4) out(name, "robust", "std_error", all[k], sqrt(robust[k, k]))
  out(name, "whole", "loglik", "", fit$loglik[2])
}
aft("lognormal", survreg(f, d, dist = "lognormal", control = closer))
clustered <- survreg(f, d, dist = "lognormal", control = closer, cluster = block)
aft("lognormal_clustered", clustered, clustered$var)
# survreg's own robust variance leaves the weights out of the rows' changes; here they are in.
weighted <- survreg(f, d, dist = "lognormal", control = closer, weights = weight)
aft("lognormal_weighted", weighted, crossprod(residuals(weighted, type = "dfbeta", weighted = TRUE)))

# Kaplan-Meier: share still out and its error (Greenwood) at some hours, and the mean up to 40 hours.
curve <- survfit(Surv(hours, restored) ~ 1, data = d)
at <- summary(curve, times = c(5, 10, 15, 20, 40))
for (k in seq_along(at$time)) {
  out("kaplan_meier", "greenwood", "share_out", at$time[k], at$surv[k])
  out("kaplan_meier", "greenwood", "std_error", at$time[k], at$std.err[k])
}
mean <- summary(curve, rmean = 40)$table
out("kaplan_meier", "greenwood", "restricted_mean", "40", mean[["rmean"]])
out("kaplan_meier", "greenwood", "restricted_mean_error", "40", mean[["se(rmean)"]])
