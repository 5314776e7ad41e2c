//! Which handler answers which path, as `Phoenix.Router`.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Method, StatusCode};

use super::conn::path_param;
use super::{Conn, Response};
use crate::protocol::form::Params;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
type RequestHandler = Arc<dyn Fn(Conn) -> Answer + Send + Sync>;
type ErrorHandler = Arc<dyn Fn(Conn, StatusCode) -> Answer + Send + Sync>;

/// What happens to a request before its handler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pipeline {
    /// The session is fetched, requests that change something need a CSRF token, and responses carry secure headers;
    /// the `:browser` pipeline of a new Phoenix application.
    #[default]
    Browser,
    /// Nothing.
    Plain,
}

/// The routes of an endpoint; the first pattern declared wins nothing over a more precise one, whatever the order.
///
/// Paths have variables as in Phoenix: `/chats/:id`, and `/files/*path` for the rest.
#[derive(Clone, Default)]
#[must_use]
pub struct Router {
    pipeline: Pipeline,
    routes: Vec<(Method, String, Route)>,
    error_handler: Option<ErrorHandler>,
}

#[derive(Clone)]
pub(super) struct Route {
    pub(super) pipeline: Pipeline,
    pub(super) handler: RequestHandler,
}

impl Router {
    /// No routes; those to come pass [`Pipeline::Browser`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The pipeline of the routes declared from here on.
    pub fn pipe_through(mut self, pipeline: Pipeline) -> Self {
        self.pipeline = pipeline;
        self
    }

    /// Answers GET and HEAD requests.
    pub fn get<F, A>(self, path: &str, handler: F) -> Self
    where
        F: Fn(Conn) -> A + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.route(Method::GET, path, handler)
    }

    /// Answers POST requests.
    pub fn post<F, A>(self, path: &str, handler: F) -> Self
    where
        F: Fn(Conn) -> A + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.route(Method::POST, path, handler)
    }

    /// Answers requests of any one method.
    pub fn route<F, A>(mut self, method: Method, path: &str, handler: F) -> Self
    where
        F: Fn(Conn) -> A + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        let handler: RequestHandler = Arc::new(move |conn| Box::pin(handler(conn)));
        self.routes.push((
            method,
            path.to_owned(),
            Route {
                pipeline: self.pipeline,
                handler,
            },
        ));
        self
    }

    /// Adds the routes of another router.
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.error_handler = self.error_handler.or(other.error_handler);
        self
    }

    /// Renders the page for a status that no handler answered: 403, 404, 413, 500; `render_errors` in Phoenix.
    pub fn errors<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(Conn, StatusCode) -> A + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.error_handler = Some(Arc::new(move |conn, status| {
            Box::pin(handler(conn, status))
        }));
        self
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.routes.iter().map(|(method, path, _)| (method, path)))
            .finish()
    }
}

/// A route that cannot be.
#[derive(Debug)]
pub struct RouterError {
    path: String,
    cause: matchit::InsertError,
}

impl fmt::Display for RouterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "path {:?}: {}", self.path, self.cause)
    }
}

impl std::error::Error for RouterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// The routes as they are looked up.
pub(super) struct RouteTable {
    methods: HashMap<Method, matchit::Router<Route>>,
    error_handler: Option<ErrorHandler>,
}

impl RouteTable {
    pub(super) fn new(router: Router) -> Result<Self, RouterError> {
        let mut methods: HashMap<Method, matchit::Router<Route>> = HashMap::new();
        for (method, path, route) in router.routes {
            let pattern = into_matchit(&path);
            let routes = methods.entry(method).or_default();
            routes
                .insert(pattern, route)
                .map_err(|cause| RouterError { path, cause })?;
        }
        Ok(Self {
            methods,
            error_handler: router.error_handler,
        })
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<(Route, Params)> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let path = if path.len() > 1 {
            path.strip_suffix('/').unwrap_or(path)
        } else {
            path
        };
        let matched = self.methods.get(method)?.at(path).ok()?;
        let mut params = Params::default();
        for (name, value) in matched.params.iter() {
            params.insert(name, path_param(value));
        }
        Some((matched.value.clone(), params))
    }

    pub(super) const fn error_handler(&self) -> Option<&ErrorHandler> {
        self.error_handler.as_ref()
    }
}

/// `/chats/:id` becomes `/chats/{id}`, `/files/*path` becomes `/files/{*path}`.
pub(crate) fn into_matchit(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.as_bytes() {
        [b':', ..] => format!("{{{}}}", &segment[1..]),
        [b'*', ..] => format!("{{{segment}}}"),
        _ => segment.replace('{', "{{").replace('}', "}}"),
    });
    segments.collect::<Vec<_>>().join("/")
}
