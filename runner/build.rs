//! Compiles the SQL templates in, and lets the binary find the engine library it was linked with.

fn main() {
    minijinja_embed::embed_templates!("../sql", &[".sql"][..]);
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    if let Ok(dir) = std::env::var("DUCKDB_LIB_DIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{dir}");
    }
}
