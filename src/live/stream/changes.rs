/// The member `stream` of a comprehension: `[ref, inserts, deletes]`, and `true` behind them when the stream is reset.
#[derive(Debug)]
pub(crate) struct Changes {
    reference: String,
    inserts: Vec<u8>,
    deletes: Vec<u8>,
    reset: bool,
}

impl Changes {
    pub(super) fn new(reference: &str, reset: bool) -> Self {
        Self {
            reference: reference.to_owned(),
            inserts: Vec::new(),
            deletes: Vec::new(),
            reset,
        }
    }

    pub(super) fn insert(&mut self, dom_id: &str, at: i32, limit: Option<i32>, update_only: bool) {
        separate(&mut self.inserts);
        self.inserts.push(b'[');
        write_string(&mut self.inserts, dom_id);
        self.inserts.push(b',');
        write_integer(&mut self.inserts, at);
        self.inserts.push(b',');
        match limit {
            Some(limit) => write_integer(&mut self.inserts, limit),
            None => self.inserts.extend_from_slice(b"null"),
        }
        self.inserts
            .extend_from_slice(if update_only { b",true]" } else { b",null]" });
    }

    pub(super) fn delete(&mut self, dom_id: &str) {
        separate(&mut self.deletes);
        write_string(&mut self.deletes, dom_id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inserts.is_empty() && self.deletes.is_empty() && !self.reset
    }

    /// The fourth entry is left out rather than `false`, which the client would take for a reset.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"[\"");
        out.extend_from_slice(self.reference.as_bytes());
        out.extend_from_slice(b"\",[");
        out.extend_from_slice(&self.inserts);
        out.extend_from_slice(b"],[");
        out.extend_from_slice(&self.deletes);
        out.extend_from_slice(if self.reset { b"],true]" } else { b"]]" });
    }
}

fn separate(list: &mut Vec<u8>) {
    if !list.is_empty() {
        list.push(b',');
    }
}

fn write_integer(out: &mut Vec<u8>, integer: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    crate::live::rendered::TextWriter::json(out).raw(text);
    out.push(b'"');
}
