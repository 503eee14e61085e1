//! Fuzz target for the property `reply`.

#![no_main]

#[path = "../properties.rs"]
#[expect(dead_code, reason = "each target uses one property")]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::reply(bytes));
