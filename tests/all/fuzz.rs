//! Checks the properties of the fuzz targets with their seeds and a fixed number of variations, as
//! a regression test for what fuzzing has found (`fuzz/README.md`).

use std::fs;
use std::panic;
use std::path::Path;

#[path = "../../fuzz/properties.rs"]
mod properties;

/// The number of variations of each seed.
const VARIATIONS: u64 = 300;

/// Bytes that are significant to FTP parsers.
const SIGNIFICANT: &[u8] = b"\r\n\0 \t-;=,|()\"'/\\%.*?[]<>0159aZ\xff\xc3\xa9\x1b";

/// A deterministic random number generator, for the same variations on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).unwrap()
    }
}

fn vary(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let significant = SIGNIFICANT[random.below(SIGNIFICANT.len())];
        match random.below(6) {
            0 => bytes.insert(at, significant),
            1 if at < bytes.len() => bytes[at] = significant,
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => {
                let from = random.below(other.len() + 1);
                bytes.splice(at..at, other[from..].iter().copied());
            }
            _ => {
                let tail = bytes[at..].to_vec();
                bytes.extend(tail);
            }
        }
    }
    bytes
}

fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut seeds: Vec<_> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

#[test]
fn properties_hold_for_seeds_and_variations() {
    let mut failed = Vec::new();
    for (name, property) in properties::ALL {
        let seeds = seeds(name);
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for at in 0..seeds.len() {
            let (file, seed) = &seeds[at];
            for variation in 0..=VARIATIONS {
                let bytes = if variation == 0 {
                    seed.clone()
                } else {
                    let other = random.below(seeds.len());
                    vary(seed, &seeds[other].1, &mut random)
                };
                if panic::catch_unwind(|| property(&bytes)).is_err() {
                    failed.push(format!("{name}, {file}: {:?}", bytes.escape_ascii().to_string()));
                }
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} inputs:\n{}",
        failed.len(),
        failed[..failed.len().min(8)].join("\n")
    );
}
