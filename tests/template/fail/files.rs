use bennu::heex_file;

fn main() {
    let on = true;
    let _ = heex_file!("missing.html.heex");
    let _ = heex_file!("unclosed.html.heex");
    let _ = heex_file!("elixir.html.heex");
    let _ = heex_file!("braces.html.heex");
    let _ = heex_file!("text_in_braces.html.heex");
    let _ = heex_file!("attribute.html.heex");
}
