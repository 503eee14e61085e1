//! Prompts at the terminal: passwords without echo, choices by number or first letters.

use std::io::{self, BufRead as _, IsTerminal as _};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use zeroize::Zeroizing;

use crate::base::Secret;
use crate::cli::error::CliError;

/// True when standard input and standard error are both a terminal.
#[must_use]
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Disables the terminal's echo until dropped. Taken before the prompt is printed, so that not
/// even the first key is echoed.
#[derive(Debug)]
pub struct EchoOff(());

/// Disables the terminal's echo until the returned guard is dropped.
///
/// # Errors
/// [`CliError::Terminal`].
pub fn without_echo() -> Result<EchoOff, CliError> {
    if io::stdin().is_terminal() {
        enable_raw_mode().map_err(CliError::Terminal)?;
    }
    Ok(EchoOff(()))
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        // fails only if the terminal is gone
        let _ = disable_raw_mode();
    }
}

/// Reads a password key by key, without echo; Ctrl-C still interrupts.
///
/// # Errors
/// [`CliError::Interrupted`] for Ctrl-C and Esc, [`CliError::Terminal`].
pub async fn password() -> Result<Secret, CliError> {
    blocking(password_now).await
}

/// Blocking variant of [`password`]. Without a terminal it reads the first line of standard input.
///
/// # Errors
/// See [`password`].
pub fn password_now() -> Result<Secret, CliError> {
    if !io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().read_line(&mut line).map_err(CliError::Terminal)?;
        return Ok(Secret::from(line.trim_end_matches(['\r', '\n'])));
    }
    enable_raw_mode().map_err(CliError::Terminal)?;
    let typed = type_password();
    disable_raw_mode().map_err(CliError::Terminal)?;
    typed
}

fn type_password() -> Result<Secret, CliError> {
    let mut typed = Zeroizing::new(String::new());
    loop {
        let key = match read().map_err(CliError::Terminal)? {
            Event::Key(key) if key.kind != KeyEventKind::Release => key,
            Event::Paste(text) => {
                typed.push_str(&text);
                continue;
            }
            _ => continue,
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            // input typed before raw mode was on ends in a line feed, not a carriage return
            KeyCode::Char('j') if control => return Ok(Secret::new(typed.to_string())),
            KeyCode::Enter => return Ok(Secret::new(typed.to_string())),
            KeyCode::Esc => return Err(CliError::Interrupted),
            KeyCode::Char('c' | 'd') if control => return Err(CliError::Interrupted),
            KeyCode::Char('u') if control => typed.clear(),
            KeyCode::Char(c) if !control => typed.push(c),
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => {}
        }
    }
}

/// Reads a line; `None` at the end of the input.
///
/// # Errors
/// [`CliError::Terminal`].
pub async fn line() -> Result<Option<String>, CliError> {
    blocking(line_now).await
}

/// Blocking variant of [`line()`].
///
/// # Errors
/// [`CliError::Terminal`].
pub fn line_now() -> Result<Option<String>, CliError> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(CliError::Terminal)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CliError> + Send + 'static,
) -> Result<T, CliError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|gone| Err(CliError::Terminal(io::Error::other(gone))))
}

/// The choices with their numbers: `[1] Skip  [2] Overwrite`.
#[must_use]
pub fn menu(choices: &[String]) -> String {
    let numbered = choices.iter().enumerate().map(|(at, choice)| format!("[{}] {choice}", at + 1));
    numbered.collect::<Vec<_>>().join("  ")
}

/// The index of the choice that was typed: by number, or by an unambiguous prefix. An empty line
/// means the first choice, which is always the safe one.
#[must_use]
pub fn choice(typed: &str, choices: &[String]) -> Option<usize> {
    if typed.is_empty() {
        return Some(0);
    }
    if let Ok(number) = typed.parse::<usize>() {
        return number.checked_sub(1).filter(|&at| at < choices.len());
    }
    let typed = typed.to_lowercase();
    let lower: Vec<_> = choices.iter().map(|choice| choice.to_lowercase()).collect();
    if let Some(exact) = lower.iter().position(|choice| *choice == typed) {
        return Some(exact);
    }
    let mut matching = lower.iter().enumerate().filter(|(_, choice)| choice.starts_with(&typed));
    match (matching.next(), matching.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_match_by_number_or_prefix() {
        let choices = ["Skip", "Overwrite", "Skip all"].map(str::to_owned);
        for (typed, at) in [
            ("", Some(0)),
            ("2", Some(1)),
            ("o", Some(1)),
            ("skip", Some(0)),
            ("skip a", Some(2)),
            ("s", None),
            ("4", None),
            ("0", None),
            ("x", None),
        ] {
            assert_eq!(choice(typed, &choices), at, "{typed}");
        }
        assert_eq!(menu(&choices[..2]), "[1] Skip  [2] Overwrite");
    }
}
