use std::fmt;

use super::{LiveComponent, live_component};
use crate::live::rendered::{Dynamic, Render, Sink, Template};

static ROW: Template = Template::new(&["", ""], "[\"\",\"\"]", false);

/// Shows components of type `C`, one after the other, each known by its id: `<.live_component :for={..}>` in Phoenix.
///
/// All of them pass through [`LiveComponent::update_many`] together before each is mounted or updated.
///
/// ```
/// use bennu::heex;
/// use bennu::live::AnySocket;
/// use bennu::live::component::{ComponentId, LiveComponent, Socket, live_components};
/// use bennu::live::rendered::Render;
///
/// struct Price {
///     euros: u32,
/// }
///
/// /// An article, and its price once it was looked up.
/// struct Article {
///     number: usize,
///     euros: u32,
/// }
///
/// impl LiveComponent for Price {
///     type Props = Article;
///
///     fn update_many(articles: &mut [(String, Article)], _: &mut AnySocket) {
///         let prices = [7, 12];
///         for (_, article) in articles {
///             article.euros = prices[article.number];
///         }
///     }
///
///     fn mount(article: Article, _: &mut Socket<'_, Self>) -> Self {
///         Self { euros: article.euros }
///     }
///
///     fn update(&mut self, article: Article, _: &mut Socket<'_, Self>) {
///         self.euros = article.euros;
///     }
///
///     fn render(&self, _: Option<ComponentId>) -> impl Render {
///         heex! { <li>{self.euros}</li> }
///     }
/// }
///
/// let articles = [0, 1].map(|number| (format!("article-{number}"), Article { number, euros: 0 }));
/// let mut page = Vec::new();
/// bennu::live::html::write(heex! { <ul>{live_components::<Price>(articles)}</ul> }, &mut page)?;
/// assert_eq!(page, b"<ul><li>7</li><li>12</li></ul>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub fn live_components<C: LiveComponent>(
    components: impl IntoIterator<Item = (impl Into<String>, C::Props)>,
) -> ShownMany<C> {
    let components = components.into_iter();
    ShownMany(components.map(|(id, props)| (id.into(), props)).collect())
}

/// Components in their place; made by [`live_components`].
pub struct ShownMany<C: LiveComponent>(Vec<(String, C::Props)>);

impl<C: LiveComponent> Render for ShownMany<C> {
    fn render_at(mut self, mut dynamic: Dynamic<'_>) {
        dynamic.with_socket::<C, _>(None, |socket| C::update_many(&mut self.0, socket));
        dynamic.rows(&ROW, |rows| {
            for (id, props) in self.0 {
                let key = id.clone();
                let component = live_component::<C>(id, props);
                rows.keyed_row(&key, |sink: &mut Sink| component.render_at(sink.dynamic(0)));
            }
        });
    }
}

impl<C: LiveComponent> fmt::Debug for ShownMany<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownMany")
            .field("len", &self.0.len())
            .finish_non_exhaustive()
    }
}
