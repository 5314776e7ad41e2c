//! Signed tokens.

use bennu::token::{MaxAge, SecretKeyBase, Token, TokenError};

fn user_token(secret_key_base: &SecretKeyBase, user_id: i64) -> String {
    Token::new(secret_key_base, "user socket").sign(user_id)
}

fn user_id(secret_key_base: &SecretKeyBase, token: Option<&str>) -> Result<i64, TokenError> {
    let data = Token::new(secret_key_base, "user socket").verify(token, MaxAge::Seconds(86_400))?;
    data.as_i64().ok_or(TokenError::Invalid)
}

mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_by_who_has_the_secret() -> Result<(), Box<dyn std::error::Error>> {
        let secret_key_base = SecretKeyBase::new("k".repeat(64))?;
        let token = user_token(&secret_key_base, 7);
        assert_eq!(user_id(&secret_key_base, Some(&token)), Ok(7));
        assert_eq!(user_id(&secret_key_base, None), Err(TokenError::Missing));
        let other = SecretKeyBase::new("o".repeat(64))?;
        assert_eq!(user_id(&other, Some(&token)), Err(TokenError::Invalid));
        Ok(())
    }
}
