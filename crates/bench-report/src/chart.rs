//! A chart of bars, one below the other, each with its value and a mark where the wanted one is. SVG, by plotters.
//!
//! Called by the report. Colours are chosen for a white ground: docs show the file as it is.

use plotters::{
    element::{PathElement, Rectangle, Text},
    prelude::{DrawingBackend, IntoDrawingArea, SVGBackend},
    style::{Color, IntoFont, RGBColor, WHITE},
};
use std::io;

/// A bar.
#[derive(Debug)]
pub struct Bar {
    /// What it is of.
    pub name: String,
    /// Its length.
    pub value: f64,
    /// Where the mark is.
    pub wanted: Option<Wanted>,
}

/// What the value of a bar has to be.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// So much, or more.
    AtLeast(f64),
    /// So much, or less.
    AtMost(f64),
}

const WIDTH: u32 = 860;
/// Where bars begin.
const LEFT: i32 = 380;
/// Where the longest ends.
const RIGHT: i32 = 770;
const STEP: i32 = 30;
const HEIGHT: i32 = 18;
const TOP: i32 = 44;
const BOTTOM: i32 = 10;
/// plotters makes it a fifth smaller.
const FONT_SIZE: u32 = 17;

const BAR: RGBColor = RGBColor(58, 110, 165);
const MISSED: RGBColor = RGBColor(193, 105, 60);
const INK: RGBColor = RGBColor(40, 40, 40);

/// What the bars of a chart measure.
#[derive(Clone, Copy, Debug)]
pub enum Measure {
    /// Whole ones.
    RequestsASecond,
    /// Whole ones.
    Milliseconds,
    /// Tenths of them.
    Seconds,
    /// Of what stands beside it: hundredths.
    Parts,
}

impl Measure {
    fn caption(self) -> &'static str {
        match self {
            Self::RequestsASecond => "Requests a second. A mark is what is wanted.",
            Self::Milliseconds => "Milliseconds. A mark is the most that is wanted.",
            Self::Seconds => "Seconds. A mark is the most that is wanted.",
            Self::Parts => "Beside what it is compared with, as parts. A mark is what is wanted.",
        }
    }

    fn shown(self, value: f64) -> String {
        match self {
            Self::RequestsASecond | Self::Milliseconds => super::thousands(value),
            Self::Seconds => format!("{value:.1}"),
            Self::Parts => format!("{value:.2}"),
        }
    }
}

impl Bar {
    /// Where the mark is.
    fn mark(&self) -> Option<f64> {
        self.wanted.map(|wanted| match wanted {
            Wanted::AtLeast(value) | Wanted::AtMost(value) => value,
        })
    }

    fn is_missed(&self) -> bool {
        self.wanted.is_some_and(|wanted| match wanted {
            Wanted::AtLeast(least) => self.value < least,
            Wanted::AtMost(most) => self.value > most,
        })
    }
}

/// The chart.
///
/// # Errors
/// When the library can't draw.
pub fn draw(measure: Measure, bars: &[Bar]) -> io::Result<String> {
    let mut svg = String::new();
    let height = TOP + BOTTOM + STEP * i32::try_from(bars.len()).unwrap_or(i32::MAX / STEP - 1);
    {
        let size = (WIDTH, height.unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let longest = bars.iter().flat_map(|bar| [Some(bar.value), bar.mark()]);
        let longest = longest.flatten().fold(f64::MIN_POSITIVE, f64::max);
        let scale = f64::from(RIGHT - LEFT) / longest;
        let x = |value: f64| LEFT + (value * scale).round() as i32;
        let font = ("sans-serif", FONT_SIZE).into_font().color(&INK);
        area.fill(&WHITE).map_err(failed)?;
        let caption = Text::new(measure.caption(), (8, 14), font.clone());
        area.draw(&caption).map_err(failed)?;
        for (nth, bar) in (0..).zip(bars) {
            let y = TOP + STEP * nth;
            let (top, bottom) = (y, y + HEIGHT);
            let colour = if bar.is_missed() { MISSED } else { BAR };
            let corners = [(LEFT, top), (x(bar.value), bottom)];
            let rectangle = Rectangle::new(corners, colour.filled());
            area.draw(&rectangle).map_err(failed)?;
            let label = Text::new(bar.name.as_str(), (8, y + 2), font.clone());
            area.draw(&label).map_err(failed)?;
            if let Some(mark) = bar.mark() {
                let ends = vec![(x(mark), top - 4), (x(mark), bottom + 4)];
                let mark = PathElement::new(ends, INK.stroke_width(2));
                area.draw(&mark).map_err(failed)?;
            }
            let beyond = bar.mark().unwrap_or(0.0).max(bar.value);
            let value = Text::new(
                measure.shown(bar.value),
                (x(beyond) + 6, y + 2),
                font.clone(),
            );
            area.draw(&value).map_err(failed)?;
        }
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

type Failed =
    plotters::drawing::DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>;

fn failed(error: Failed) -> io::Error {
    io::Error::other(error)
}
