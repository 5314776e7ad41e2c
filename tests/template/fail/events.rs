use bennu::live::event::LiveEvent;
use bennu::protocol::form::Param;

#[derive(LiveEvent)]
enum Same {
    Add,
    #[event("add")]
    Plus,
}

#[derive(LiveEvent)]
enum Unnamed {
    Move(u32, u32),
}

#[derive(LiveEvent)]
enum Generic<T> {
    Value(T),
}

#[derive(LiveEvent)]
struct Plain;

enum Underived {}

fn main() {
    let _ = <Underived as LiveEvent>::decode("a", &Param::Null);
}
