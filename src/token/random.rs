use ring::rand::{SystemRandom, generate};

/// Bytes that nobody can guess.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    generate(&SystemRandom::new())
        .expect("the operating system provides randomness")
        .expose()
}
