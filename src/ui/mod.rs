//! The screen: two panes, the queue panel and the dialogs over them.
//!
//! Rung 11. From bottom to top: the tables ([`action`], [`key`], [`keymap`], [`theme`], [`glyphs`],
//! [`layout`], [`cells`]); [`model`], the state of the screen; [`update`], which changes it and
//! returns the effects to perform; [`view`], which draws it; [`mod@run`], which drives them with a
//! real terminal and a real engine.

pub mod action;
pub mod cells;
#[cfg(test)]
mod fake;
pub mod glyphs;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod run;
pub mod theme;
pub mod update;
pub mod view;

pub use run::{ManageSites, ParseLocation, Remember, Start, UiError, UserFile, UserFiles, run};
