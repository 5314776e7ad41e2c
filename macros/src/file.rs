//! A template in a file of its own: the text as it stands, and Rust in braces.

mod scanner;

use std::path::{Path, PathBuf};

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Result};

use crate::hint::ELIXIR_TAG;
use crate::token::{Open, Place, TagName, Token, raw_element};
use crate::tree::{AttributeName, Expression, Value};
use scanner::Scanner;

/// The file a template is in, and what was read from it.
pub(crate) struct Template {
    pub(crate) path: String,
    pub(crate) tokens: Vec<Token>,
}

/// Reads and splits the file; its path is relative to the source file that names it, or to the crate.
pub(crate) fn tokenize(name: &LitStr, source_file: Option<PathBuf>) -> Result<Template> {
    let fail = |error: std::io::Error| {
        Error::new(
            name.span(),
            format!("`{}` cannot be read: {error}", name.value()),
        )
    };
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let folder = source_file
        .and_then(|file| file.parent().map(Path::to_owned))
        .or(root)
        .unwrap_or_default();
    let path = folder.join(name.value()).canonicalize().map_err(fail)?;
    let text = std::fs::read_to_string(&path).map_err(fail)?;
    let short = path
        .file_name()
        .map_or_else(|| name.value(), |name| name.to_string_lossy().into_owned());
    let tokens = FileTokenizer {
        scanner: Scanner::new(&text, &short),
        tokens: Vec::new(),
    }
    .run()?;
    Ok(Template {
        path: path.to_string_lossy().into_owned(),
        tokens,
    })
}

struct FileTokenizer<'t> {
    scanner: Scanner<'t>,
    tokens: Vec<Token>,
}

impl FileTokenizer<'_> {
    fn run(mut self) -> Result<Vec<Token>> {
        while let Some(next) = self.scanner.peek() {
            match next {
                '{' => {
                    let expression = self.expression()?;
                    self.tokens.push(Token::Expression(expression));
                }
                '<' => self.markup()?,
                _ => {
                    let text = self.scanner.take_until(&['{', '<']).to_owned();
                    self.tokens.push(Token::Text(text));
                }
            }
        }
        Ok(self.tokens)
    }

    fn expression(&mut self) -> Result<Expression> {
        let place = self.scanner.place();
        let rust = self
            .scanner
            .braces()
            .ok_or_else(|| place.error("missing `}` of this expression"))?;
        let code = rust.parse::<TokenStream>();
        let code = code.map_err(|error| place.error(&format!("this is not Rust: {error}")))?;
        Ok(Expression {
            code,
            span: Span::call_site(),
        })
    }

    fn markup(&mut self) -> Result<()> {
        let place = self.scanner.place();
        if self.scanner.skip("<%!--") {
            let dropped = self.scanner.take_through("--%>");
            return dropped
                .map(drop)
                .ok_or_else(|| place.error("missing `--%>` of this comment"));
        }
        if self.scanner.starts_with("<%") {
            return Err(place.error(ELIXIR_TAG));
        }
        if self.scanner.starts_with("<!--") {
            return self.verbatim("-->", &place);
        }
        if self.scanner.starts_with("<!") {
            return self.verbatim(">", &place);
        }
        if self.scanner.skip("</") {
            self.close_tag(place)
        } else {
            self.open_tag(place)
        }
    }

    fn verbatim(&mut self, end: &str, place: &Place) -> Result<()> {
        let text = self
            .scanner
            .take_through(end)
            .ok_or_else(|| place.error(&format!("missing `{end}`")))?;
        self.tokens.push(Token::Text(text.to_owned()));
        Ok(())
    }

    fn close_tag(&mut self, place: Place) -> Result<()> {
        let name = self.tag_name(&place)?;
        self.scanner.skip_space();
        if !self.scanner.skip(">") {
            return Err(self.scanner.place().error("expected `>`"));
        }
        self.tokens.push(Token::Close { name, place });
        Ok(())
    }

    fn open_tag(&mut self, place: Place) -> Result<()> {
        self.scanner.skip("<");
        let mut open = Open::new(self.tag_name(&place)?, place);
        loop {
            self.scanner.skip_space();
            if self.scanner.skip(">") {
                break;
            }
            if self.scanner.skip("/>") {
                open.closed = true;
                break;
            }
            self.attribute(&mut open)?;
        }
        let (raw, place) = (raw_element(&open), open.place.clone());
        self.tokens.push(Token::Open(Box::new(open)));
        raw.map_or(Ok(()), |name| self.raw_text(name, &place))
    }

    fn tag_name(&mut self, place: &Place) -> Result<TagName> {
        let slot = self.scanner.skip(":");
        let local = !slot && self.scanner.skip(".");
        let name = self.scanner.take_name();
        let ident = |name: &str| {
            syn::parse_str::<Ident>(name).map_err(|_| place.error("expected the name of a tag"))
        };
        if slot {
            return ident(name).map(TagName::Slot);
        }
        if !local && !name.contains("::") {
            let empty = name.is_empty();
            let fragment = empty && self.scanner.starts_with(">");
            return match empty {
                _ if fragment => Ok(TagName::Fragment),
                true => Err(place.error("`<` begins a tag; the character itself is `&lt;`")),
                false => Ok(TagName::Element(name.to_owned())),
            };
        }
        let path = name
            .parse::<TokenStream>()
            .map_err(|_| place.error("expected the path of a component"))?;
        Ok(TagName::Component(
            path,
            format!("{}{name}", if local { "." } else { "" }),
        ))
    }

    fn attribute(&mut self, open: &mut Open) -> Result<()> {
        let place = self.scanner.place();
        if self.scanner.peek().is_none() {
            return Err(open
                .place
                .error(&format!("missing `>` of `<{}`", open.name.written())));
        }
        if self.scanner.starts_with("{") {
            let spread = self.expression()?;
            return open
                .spread(spread)
                .map_err(|error| place.error(&error.to_string()));
        }
        let text = self.scanner.take_name().to_owned();
        if text.is_empty() {
            return Err(place.error("expected an attribute, `>` or `/>`"));
        }
        let value = self.attribute_value(&text, &place)?;
        let name = AttributeName {
            text,
            span: Span::call_site(),
        };
        open.add(name, value)
            .map_err(|error| place.error(&error.to_string()))
    }

    fn attribute_value(&mut self, name: &str, place: &Place) -> Result<Value> {
        self.scanner.skip_space();
        if !self.scanner.skip("=") {
            return Ok(Value::Bare);
        }
        self.scanner.skip_space();
        if self.scanner.starts_with("{") {
            return Ok(Value::Expression(self.expression()?));
        }
        for quote in ["\"", "'"] {
            if self.scanner.skip(quote) {
                let text = self
                    .scanner
                    .take_through(quote)
                    .ok_or_else(|| place.error("missing quote"))?;
                return Ok(Value::Text(
                    decode(&text[..text.len() - 1]),
                    Span::call_site(),
                ));
            }
        }
        Err(place.error(&format!("the value of `{name}` stands in quotes or braces")))
    }

    fn raw_text(&mut self, name: &str, place: &Place) -> Result<()> {
        let text = self.scanner.take_to(&format!("</{name}"));
        let text = text.ok_or_else(|| place.error(&format!("missing `</{name}>`")))?;
        self.tokens.push(Token::Text(text.to_owned()));
        Ok(())
    }
}

/// The entities that stand for characters which have to be escaped; the value is escaped again when it is written.
fn decode(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
