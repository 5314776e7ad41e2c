//! Live views: templates, the renderer and what is sent of it.

pub mod attributes;
pub mod differ;
pub mod html;
pub mod rendered;
pub mod stream;
