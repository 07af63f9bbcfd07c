# Independent references for the estimators of evenhand.equity, from R. Run in this folder: Rscript equity_models.R > equity_models.csv
# The table panel.csv is synthetic: 600 households in 24 block groups, drawn once from a seed.
suppressPackageStartupMessages({library(MASS); library(sandwich); library(clubSandwich); library(brglm2)})
panel <- read.csv("panel.csv")
tight <- glm.control(epsilon = 1e-15, maxit = 200)
term_name <- function(x) gsub("(Intercept)", "Intercept", x, fixed = TRUE)
say <- function(model, convention, quantity, term, value)
  cat(paste(model, convention, quantity, term_name(term), sprintf("%.17g", value), sep = ","), sep = "\n")
say_each <- function(model, convention, quantity, values) say(model, convention, quantity, names(values), unname(values))
errors <- function(v) sqrt(diag(v))

cat("model,convention,quantity,term,value\n")

estimates <- function(model, fit) {
  say_each(model, "estimate", "estimate", coef(fit))
  say(model, "whole", "loglik", "", as.numeric(logLik(fit)))
  say(model, "whole", "aic", "", AIC(fit))
  say(model, "whole", "bic", "", BIC(fit))
}

robust <- function(model, fit, cluster) {
  for (type in c("HC0", "HC1")) say_each(model, tolower(type), "std_error", errors(vcovHC(fit, type = type)))
  say_each(model, "cr0", "std_error", errors(vcovCL(fit, cluster = cluster, type = "HC0", cadjust = FALSE)))
  say_each(model, "cr1", "std_error", errors(vcovCL(fit, cluster = cluster, type = "HC0", cadjust = TRUE)))
}

club <- function(model, fit, cluster) {
  v <- vcovCR(fit, cluster = cluster, type = "CR2")
  test <- coef_test(fit, vcov = v, test = "Satterthwaite")
  say_each(model, "cr2", "std_error", setNames(errors(v), names(coef(fit))))
  say(model, "cr2", "df", names(coef(fit)), test$df_Satt)
  say(model, "cr2", "p_value", names(coef(fit)), test$p_Satt)
  v3 <- vcovCR(fit, cluster = cluster, type = "CR3")
  say(model, "cr3", "df", names(coef(fit)), coef_test(fit, vcov = v3, test = "Satterthwaite")$df_Satt)
}

# The jackknife, by fitting the model again without each cluster.
jackknife <- function(model, fit, refit) {
  groups <- unique(panel$block_group)
  shifts <- sapply(groups, function(g) coef(refit(panel[panel$block_group != g, ])) - coef(fit))
  say_each(model, "cr3", "std_error", sqrt((length(groups) - 1) / length(groups) * rowSums(shifts^2)))
}

# A logit, a Poisson model, and both with weights or an offset.
logit_formula <- participation ~ minority_share + house_age + median_income
logit <- function(d) glm(logit_formula, binomial, d, control = tight)
fit <- logit(panel)
estimates("logit", fit)
say("logit", "whole", "loglik_null", "", as.numeric(logLik(glm(participation ~ 1, binomial, panel, control = tight))))
say_each("logit", "observed", "std_error", errors(vcov(fit)))
robust("logit", fit, panel$block_group); club("logit", fit, panel$block_group); jackknife("logit", fit, logit)

poisson_formula <- restoration_hours ~ minority_share + house_age + community_participation
pois <- function(d) glm(poisson_formula, poisson, d, control = tight)
fit <- pois(panel)
estimates("poisson", fit)
say_each("poisson", "observed", "std_error", errors(vcov(fit)))
robust("poisson", fit, panel$block_group); club("poisson", fit, panel$block_group); jackknife("poisson", fit, pois)

# Weights that are no whole numbers of households: R warns of a binomial with them, and fits it as it should.
logit_weighted <- function(d) suppressWarnings(glm(logit_formula, binomial, d, weights = weight, control = tight))
fit <- logit_weighted(panel)
say_each("logit_weighted", "estimate", "estimate", coef(fit))
club("logit_weighted", fit, panel$block_group); jackknife("logit_weighted", fit, logit_weighted)

pois_weighted <- function(d) glm(poisson_formula, poisson, d, weights = weight, offset = log(exposure), control = tight)
fit <- pois_weighted(panel)
say_each("poisson_weighted", "estimate", "estimate", coef(fit))
say_each("poisson_weighted", "observed", "std_error", errors(vcov(fit)))
robust("poisson_weighted", fit, panel$block_group); club("poisson_weighted", fit, panel$block_group)
jackknife("poisson_weighted", fit, pois_weighted)

# The negative binomial. R's own errors are those of the expected information, with the dispersion held.
nb_formula <- restoration_hours ~ minority_share * participation + house_age + median_income + community_participation
# glm.nb stops when the likelihood settles; going on from its own end, in turn for coefficients and theta, brings both to the last digits.
nb <- function(d, w = rep(1, nrow(d))) {
  d$w <- w
  fit <- glm.nb(nb_formula, d, weights = w, control = tight)
  theta <- fit$theta
  for (round in 1:60) {
    before <- theta
    g <- glm(nb_formula, negative.binomial(theta), d, weights = w, control = tight, start = coef(fit))
    theta <- as.numeric(theta.ml(d$restoration_hours, fitted(g), sum(w), weights = w, limit = 100, eps = 1e-14))
    if (abs(theta - before) < 1e-14 * theta) break
  }
  fit$coefficients <- coef(g); fit$final_theta <- theta; fit$final <- g
  fit
}
fit <- nb(panel)
say_each("nb", "estimate", "estimate", coef(fit$final))
say("nb", "whole", "theta", "", fit$final_theta)
say("nb", "whole", "loglik", "", fit$twologlik / 2)
say("nb", "whole", "loglik_null", "", as.numeric(logLik(glm.nb(restoration_hours ~ 1, panel, control = tight))))
say("nb", "whole", "theta_std_error", "", fit$SE.theta)
x <- model.matrix(fit$final); mu <- fitted(fit$final)
say_each("nb", "expected", "std_error", errors(solve(t(x) %*% (x * (mu / (1 + mu / fit$final_theta))))))
say("nb", "whole", "poisson_lr", "", fit$twologlik - 2 * as.numeric(logLik(glm(nb_formula, poisson, panel, control = tight))))
club("nb", fit$final, panel$block_group)
jackknife("nb", fit, nb)
fit <- nb(panel, panel$weight)
say_each("nb_weighted", "estimate", "estimate", coef(fit$final))
say("nb_weighted", "whole", "theta", "", fit$final_theta)
club("nb_weighted", fit$final, panel$block_group)
jackknife("nb_weighted", fit, function(d) nb(d, d$weight))

# Separation: everyone far away reported; nobody far away ever waited.
br <- brglmControl(epsilon = 1e-13, maxit = 1000, type = "AS_mean")
fit <- glm(reported ~ far + minority_share + house_age, binomial, panel, method = "brglmFit", control = br)
say_each("firth_logit", "estimate", "estimate", coef(fit))
say_each("firth_logit", "observed", "std_error", errors(vcov(fit)))
fit <- glm(never ~ far + minority_share + house_age, poisson, panel, method = "brglmFit", control = br)
say_each("firth_poisson", "estimate", "estimate", coef(fit))
say_each("firth_poisson", "observed", "std_error", errors(vcov(fit)))
