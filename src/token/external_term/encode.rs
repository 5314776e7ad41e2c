use bytes::BufMut;

use super::tag;
use super::term::Term;

/// The longest list of bytes that Erlang writes as a string.
const STRING_BYTES_MAX: usize = 65_535;

impl Term {
    /// Writes the term byte for byte as Erlang/OTP 26 and later do: Elixir's `:erlang.term_to_binary/1`.
    ///
    /// ```
    /// use bennu::token::Term;
    ///
    /// assert_eq!(Term::from("hi").encode(), b"\x83m\0\0\0\x02hi");
    /// ```
    ///
    /// # Panics
    ///
    /// If the term breaks a limit of the format: an atom of more than 65,535 bytes, or anything of more than 2³² - 1
    /// bytes or elements.
    pub fn encode(&self) -> Vec<u8> {
        let mut output = vec![tag::VERSION];
        write_term(&mut output, self);
        output
    }
}

fn write_term(output: &mut Vec<u8>, term: &Term) {
    match term {
        Term::Integer(integer) => write_integer(output, *integer),
        Term::BigInteger(integer) => write_big(output, integer.is_negative(), integer.magnitude()),
        Term::Float(float) => {
            output.put_u8(tag::NEW_FLOAT);
            output.put_f64(*float);
        }
        Term::Atom(name) => write_atom(output, name),
        Term::Binary(bytes) => {
            output.put_u8(tag::BINARY);
            write_length(output, bytes.len());
            output.put_slice(bytes);
        }
        Term::Bitstring {
            bytes,
            last_byte_bits,
        } => {
            output.put_u8(tag::BIT_BINARY);
            write_length(output, bytes.len());
            output.put_u8(*last_byte_bits);
            output.put_slice(bytes);
        }
        Term::Tuple(elements) => write_tuple(output, elements),
        Term::List(elements) => write_list(output, elements),
        Term::ImproperList(elements, tail) => write_cells(output, elements, tail),
        Term::Map(entries) => write_map(output, entries),
        Term::Pid(encoded) | Term::Reference(encoded) => output.put_slice(encoded),
    }
}

fn write_integer(output: &mut Vec<u8>, integer: i64) {
    if let Ok(byte) = u8::try_from(integer) {
        output.put_slice(&[tag::SMALL_INTEGER, byte]);
    } else if let Ok(integer) = i32::try_from(integer) {
        output.put_u8(tag::INTEGER);
        output.put_i32(integer);
    } else {
        let magnitude = integer.unsigned_abs().to_le_bytes();
        let significant = magnitude
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        write_big(output, integer.is_negative(), &magnitude[..significant]);
    }
}

fn write_big(output: &mut Vec<u8>, negative: bool, magnitude: &[u8]) {
    if let Ok(length) = u8::try_from(magnitude.len()) {
        output.put_slice(&[tag::SMALL_BIG, length]);
    } else {
        output.put_u8(tag::LARGE_BIG);
        write_length(output, magnitude.len());
    }
    output.put_u8(negative.into());
    output.put_slice(magnitude);
}

fn write_atom(output: &mut Vec<u8>, name: &str) {
    if let Ok(length) = u8::try_from(name.len()) {
        output.put_slice(&[tag::SMALL_ATOM_UTF8, length]);
    } else {
        output.put_u8(tag::ATOM_UTF8);
        output.put_u16(u16::try_from(name.len()).expect("an atom has at most 65,535 bytes"));
    }
    output.put_slice(name.as_bytes());
}

fn write_tuple(output: &mut Vec<u8>, elements: &[Term]) {
    if let Ok(length) = u8::try_from(elements.len()) {
        output.put_slice(&[tag::SMALL_TUPLE, length]);
    } else {
        output.put_u8(tag::LARGE_TUPLE);
        write_length(output, elements.len());
    }
    for element in elements {
        write_term(output, element);
    }
}

fn write_list(output: &mut Vec<u8>, elements: &[Term]) {
    if elements.is_empty() {
        output.put_u8(tag::NIL);
    } else if let Some(string) = as_string(elements) {
        output.put_u8(tag::STRING);
        output.put_slice(&u16::to_be_bytes(
            string.len().try_into().expect("the string is short"),
        ));
        output.put_slice(&string);
    } else {
        write_cells(output, elements, &Term::List(Vec::new()));
    }
}

/// Erlang writes a short list of bytes as a string, whatever it means to its owner.
fn as_string(elements: &[Term]) -> Option<Vec<u8>> {
    if elements.len() > STRING_BYTES_MAX {
        return None;
    }
    let byte = |element: &Term| {
        element
            .as_i64()
            .and_then(|integer| u8::try_from(integer).ok())
    };
    elements.iter().map(byte).collect()
}

fn write_cells(output: &mut Vec<u8>, elements: &[Term], tail: &Term) {
    output.put_u8(tag::LIST);
    write_length(output, elements.len());
    for element in elements {
        write_term(output, element);
    }
    write_term(output, tail);
}

fn write_map(output: &mut Vec<u8>, entries: &[(Term, Term)]) {
    output.put_u8(tag::MAP);
    write_length(output, entries.len());
    for (key, value) in entries {
        write_term(output, key);
        write_term(output, value);
    }
}

fn write_length(output: &mut Vec<u8>, length: usize) {
    output.put_u32(u32::try_from(length).expect("the format's lengths have 32 bits"));
}
