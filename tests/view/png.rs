//! Screenshots with few colours, and what they show in a chunk of text.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The colours that are kept.
const COLOURS: usize = 64;
/// The least distance between two of them, squared.
const APART: u32 = 150;
/// The name of the text chunk.
const KEYWORD: &[u8] = b"structure\0";

type Colour = [u8; 3];

/// A picture as a browser writes it, with few colours and a text in it.
pub(crate) fn reduced(png: &[u8], text: &str) -> Vec<u8> {
    let (width, height, pixels) = pixels(png);
    let palette = palette(&pixels);
    let mut nearest: BTreeMap<Colour, u8> = BTreeMap::new();
    let mut rows = Vec::with_capacity(pixels.len() + height);
    for (place, pixel) in pixels.iter().enumerate() {
        if place % width == 0 {
            rows.push(0);
        }
        let own = *nearest.entry(*pixel).or_insert_with(|| {
            let places = 0..palette.len();
            places.min_by_key(|at| distance(palette[*at], *pixel)).unwrap_or_default() as u8
        });
        rows.push(own);
    }
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&rows).unwrap();
    let mut header = Vec::new();
    header.extend((width as u32).to_be_bytes());
    header.extend((height as u32).to_be_bytes());
    header.extend([8, 3, 0, 0, 0]);
    let mut file = SIGNATURE.to_vec();
    file.extend(chunk(*b"IHDR", &header));
    file.extend(chunk(*b"PLTE", &palette.concat()));
    file.extend(chunk(*b"tEXt", &[KEYWORD, text.as_bytes()].concat()));
    file.extend(chunk(*b"IDAT", &packer.finish().unwrap()));
    file.extend(chunk(*b"IEND", &[]));
    file
}

/// The size of a picture, and the text in it.
pub(crate) fn described(png: &[u8]) -> ((u32, u32), String) {
    let mut text = String::new();
    let mut size = (0, 0);
    for (name, data) in chunks(png) {
        if name == b"IHDR" {
            let number = |at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap());
            size = (number(0), number(4));
        } else if name == b"tEXt" && data.starts_with(KEYWORD) {
            text = String::from_utf8(data[KEYWORD.len()..].to_vec()).unwrap();
        }
    }
    (size, text)
}

fn chunks(png: &[u8]) -> Vec<(&[u8], &[u8])> {
    let (mut at, mut list) = (SIGNATURE.len(), Vec::new());
    while at + 12 <= png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        list.push((&png[at + 4..at + 8], &png[at + 8..at + 8 + length]));
        at += 12 + length;
    }
    list
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&name);
    sum.update(data);
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], &name, data, &sum.sum().to_be_bytes()].concat()
}

/// The width, the height, and the pixels row by row, of 8 bits for each colour.
fn pixels(png: &[u8]) -> (usize, usize, Vec<Colour>) {
    let list = chunks(png);
    let header = list[0].1;
    let number = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().unwrap()) as usize;
    let (width, height) = (number(0), number(4));
    let step = if header[9] == 6 { 4 } else { 3 };
    let packed: Vec<u8> = (list.iter())
        .filter(|(name, _)| *name == b"IDAT")
        .flat_map(|(_, data)| data.iter().copied())
        .collect();
    let mut raw = Vec::new();
    ZlibDecoder::new(packed.as_slice()).read_to_end(&mut raw).unwrap();
    let stride = width * step;
    let (mut before, mut pixels) = (vec![0; stride], Vec::new());
    for row in raw.chunks_exact(stride + 1) {
        let mut own = row[1..].to_vec();
        for x in 0..stride {
            let left = if x < step { 0 } else { own[x - step] };
            let corner = if x < step { 0 } else { before[x - step] };
            let guess = match row[0] {
                1 => left,
                2 => before[x],
                3 => u16::midpoint(left.into(), before[x].into()) as u8,
                4 => paeth(left, before[x], corner),
                _ => 0,
            };
            own[x] = own[x].wrapping_add(guess);
        }
        pixels.extend(own.chunks_exact(step).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        before = own;
    }
    (width, height, pixels)
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let guess = a + b - c;
    let [to_a, to_b, to_c] = [a, b, c].map(|each| (guess - each).abs());
    if to_a <= to_b && to_a <= to_c {
        left
    } else if to_b <= to_c {
        above
    } else {
        corner
    }
}

/// The most frequent colours that are not near each other.
fn palette(pixels: &[Colour]) -> Vec<Colour> {
    let mut counts: BTreeMap<Colour, u32> = BTreeMap::new();
    for pixel in pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut colours: Vec<(u32, Colour)> =
        counts.iter().map(|(own, count)| (*count, *own)).collect();
    colours.sort_by_key(|(count, own)| (u32::MAX - count, *own));
    let mut palette: Vec<Colour> = Vec::new();
    for (_, colour) in colours {
        if palette.len() < COLOURS && palette.iter().all(|other| distance(*other, colour) > APART) {
            palette.push(colour);
        }
    }
    palette
}

fn distance(one: Colour, other: Colour) -> u32 {
    let parts = one.iter().zip(other);
    parts.map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
}

#[test]
fn a_picture_with_few_colours_keeps_its_pixels_and_its_text() {
    let rows: Vec<u8> = [0, 255, 0, 0, 0, 0, 255, 2, 0, 0, 0, 1, 0, 0].to_vec();
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&rows).unwrap();
    let header = [0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0];
    let mut png = SIGNATURE.to_vec();
    png.extend(chunk(*b"IHDR", &header));
    png.extend(chunk(*b"IDAT", &packer.finish().unwrap()));
    let small = reduced(&png, "two by two");
    assert_eq!(described(&small), ((2, 2), "two by two".to_owned()));
    let (_, _, seen) = pixels(&png);
    assert_eq!(seen, [[255, 0, 0], [0, 0, 255], [255, 0, 0], [1, 0, 255]]);
}
