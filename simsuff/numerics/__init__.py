"""The ground floor: compilation, stable elementary functions, and the house's way to refuse bad input."""
