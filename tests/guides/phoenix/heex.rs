//! The syntax of templates.

use bennu::heex;
use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, raw};

struct Post {
    id: u32,
    title: String,
    body_html: String,
    tags: Vec<&'static str>,
    published: bool,
}

struct Page {
    posts: Vec<Post>,
    user: Option<String>,
    selected: u32,
}

impl Page {
    fn attributes_and_text(&self, post: &Post, rest: Attributes<'_>) -> impl Render {
        heex! {
            <!-- This comment is sent to the browser. -->
            // This one is not.
            <article
                id={format!("post-{}", post.id)}
                class={["post", post.published.then_some("public"), (post.id == self.selected).then_some("selected")]}
                hidden={!post.published}
                {..rest}
            >
                <h2>{&post.title}</h2>
                {raw(&post.body_html)}
                <p>"Don't worry: it's escaped."</p>
            </article>
        }
    }

    fn directives(&self) -> impl Render {
        heex! {
            <p :if={self.posts.is_empty()}>No posts.</p>
            <p :if={let Some(name) = &self.user}>Hello {name}</p>
            <ul>
                <li :for={post in &self.posts} :if={post.published} :key={post.id}>
                    {&post.title} <i :for={tag in &post.tags}>{tag}</i>
                </li>
            </ul>
        }
    }

    fn branches(&self) -> impl Render {
        heex! {
            {match self.posts.as_slice() {
                [] => "Nothing here",
                [only] => <b>{&only.title}</b>,
                [first, rest @ ..] => {
                    let more = rest.len();
                    <p><b>{&first.title}</b> and {more} more</p>
                }
            }}
            {if self.selected > 0 {
                <a href="/posts">Back</a>
            }}
        }
    }
}

mod tests {
    use bennu::live::html;

    use super::*;

    fn page() -> Page {
        let post = |id, title: &str, published| Post {
            id,
            title: title.to_owned(),
            body_html: "<p>body</p>".to_owned(),
            tags: vec!["a"],
            published,
        };
        Page {
            posts: vec![post(1, "One & only", true), post(2, "Two", false)],
            user: Some("Ada".to_owned()),
            selected: 1,
        }
    }

    fn html(rendered: impl Render) -> String {
        let mut page = Vec::new();
        html::write(rendered, &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn attributes_are_written_by_type() {
        let page = page();
        let rest = Attributes::new().with("data-n", 1);
        let html = html(page.attributes_and_text(&page.posts[0], rest));
        let open = r#"<article id="post-1" class="post public selected" data-n="1">"#;
        assert!(html.contains(open), "{html}");
        assert!(html.contains("<h2>One &amp; only</h2>"), "{html}");
        assert!(html.contains("<p>body</p>"), "{html}");
        assert!(!html.contains("This one"), "{html}");
    }

    #[test]
    fn directives_and_branches_choose_what_is_shown() {
        let html_of = html(page().directives());
        assert!(html_of.contains("<p>Hello Ada</p>"), "{html_of}");
        assert_eq!(html_of.matches("<li>").count(), 1);
        let branches = html(page().branches());
        assert!(branches.contains("and 1 more"), "{branches}");
    }
}
