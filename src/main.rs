//! Entry point; the program itself is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    fxpane::app::main()
}
