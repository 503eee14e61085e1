//! The screen: two panes, the queue panel and the dialogs over them (design section 8).
//!
//! Rung 11. Bottom to top: the tables ([`action`], [`key`], [`keymap`], [`theme`], [`glyphs`],
//! [`layout`], [`cells`]).

pub mod action;
pub mod cells;
#[cfg(test)]
mod fake;
pub mod glyphs;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod theme;
pub mod update;
pub mod view;
