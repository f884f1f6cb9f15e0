"""Which inequalities between f-divergences does theory.md claim? P5, each written once."""

P5: tuple[str, ...] = (
    "2*total_variation**2 <= kl",
    "total_variation <= sqrt(1 - exp(-kl))",
    "kl <= log(1 + chi2)",
    "squared_hellinger/2 <= total_variation",
    "total_variation <= sqrt(squared_hellinger*(1 - squared_hellinger/4))",
    "squared_hellinger <= kl",
    "total_variation <= sqrt(chi2)/2",
    "js <= log(2)*total_variation",
    "total_variation**2 <= le_cam",
    "le_cam <= total_variation",
    "squared_hellinger/2 <= le_cam",
    "le_cam <= squared_hellinger",
    "le_cam/2 <= js",
    "js <= log(2)*le_cam",
)

# The same with a constant moved slightly past its sharp value: each must be refuted.
BEYOND_P5: tuple[str, ...] = (
    "2.01*total_variation**2 <= kl",
    "total_variation <= sqrt(1 - exp(-0.8*kl))",
    "kl <= 0.99*log(1 + chi2)",
    "0.505*squared_hellinger <= total_variation",
    "total_variation <= 0.99*sqrt(squared_hellinger*(1 - squared_hellinger/4))",
    "1.01*squared_hellinger <= kl",
    "total_variation <= 0.495*sqrt(chi2)",
    "js <= 0.69*total_variation",
    "1.01*total_variation**2 <= le_cam",
    "le_cam <= 0.99*total_variation",
    "0.505*squared_hellinger <= le_cam",
    "le_cam <= 0.99*squared_hellinger",
    "0.505*le_cam <= js",
    "js <= 0.69*le_cam",
)
