//! fxpane moves files straight between two FTP servers (FXP).

pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod demo;
pub mod engine;
pub mod ftp;
pub mod net;
pub mod queue;
pub mod session;
pub mod site;
pub mod transfer;
pub mod ui;
