//! `snow.cdef.h` as other languages declare it, where they cannot read C: written from it, so that it cannot differ.

pub mod csharp;
pub mod fortran;
pub mod java;

/// A function of the header, or the type of a callback.
pub struct Function<'a> {
    pub result: &'a str,
    pub name: &'a str,
    /// Their types and names.
    pub parameters: Vec<(&'a str, &'a str)>,
}

pub fn functions(declarations: &str) -> Vec<Function<'_>> {
    let items = declarations.trim_end().split("\n\n");
    items.filter_map(function).collect()
}

pub fn callbacks(declarations: &str) -> Vec<Function<'_>> {
    let items = declarations.trim_end().split("\n\n");
    items.filter_map(callback).collect()
}

fn function(item: &str) -> Option<Function<'_>> {
    let (before, parameters) = item.strip_suffix(");")?.split_once('(')?;
    let (result, name) = typed(before);
    name.starts_with("snow_")
        .then(|| declared(result, name, parameters))
}

fn callback(item: &str) -> Option<Function<'_>> {
    let (result, rest) = item.strip_prefix("typedef ")?.split_once(" (*")?;
    let (name, parameters) = rest.strip_suffix(");")?.split_once(")(")?;
    Some(declared(result, name, parameters))
}

fn declared<'a>(result: &'a str, name: &'a str, parameters: &'a str) -> Function<'a> {
    let parameters = match parameters {
        "void" => Vec::new(),
        list => list.split(',').map(typed).collect(),
    };
    Function {
        result,
        name,
        parameters,
    }
}

/// A type and the name that follows it.
fn typed(declaration: &str) -> (&str, &str) {
    let declaration = declaration.trim();
    let name = declaration
        .rfind([' ', '*'])
        .expect("a type comes before a name");
    let (kind, name) = declaration.split_at(name + 1);
    (kind.trim_end(), name)
}

/// Whether a type is a number that has names in the header, and is 32 bits wide.
fn is_code(kind: &str) -> bool {
    matches!(
        kind,
        "snow_status"
            | "snow_operator"
            | "snow_display"
            | "snow_created"
            | "snow_order"
            | "snow_export_counter"
            | "snow_log_level"
            | "snow_statistic"
    )
}

/// The constants by name.
pub fn constants(declarations: &str) -> Vec<(&str, &str)> {
    let lines = declarations
        .lines()
        .filter_map(|line| line.strip_suffix(','));
    lines
        .filter_map(|line| line.trim_start().split_once(" = "))
        .collect()
}
