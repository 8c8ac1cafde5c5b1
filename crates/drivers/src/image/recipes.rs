//! The recipes that the binary knows, as data (`images/*.toml`).

/// Their names and texts.
pub(super) const RECIPES: [(&str, &str); 5] = [
    ("debian-12", include_str!("../../../../images/debian-12.toml")),
    ("amazon-linux-2023", include_str!("../../../../images/amazon-linux-2023.toml")),
    ("ubuntu", include_str!("../../../../images/ubuntu.toml")),
    ("mariadb-10.11", include_str!("../../../../images/mariadb-10.11.toml")),
    ("postgresql-15", include_str!("../../../../images/postgresql-15.toml")),
];

/// Whether an image of this name is made here by a recipe, and so was not brought from elsewhere.
pub fn is_recipe(name: &str) -> bool {
    RECIPES.iter().any(|recipe| recipe.0 == name)
}
