//! Bars as SVG that reads well on light and on dark pages.

use std::fmt::Write;

/// The bars of one contest.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    /// The index of the contender.
    pub(super) series: usize,
    pub(super) value: f64,
    pub(super) label: String,
}

const WIDTH: f64 = 850.0;
const LEFT: f64 = 340.0;
const RIGHT: f64 = 60.0;
const BAR: f64 = 13.0;
const TOP: f64 = 62.0;
const GAP: f64 = 12.0;
/// A bar that is so many times as long as the middle one is cut off, so that the others can be told apart.
const LONG: f64 = 4.0;

const COLOURS: [&str; 6] = [
    "#d1495b", "#2e86ab", "#8d99ae", "#edae49", "#3f8f6b", "#7d5ba6",
];

/// A plot of groups of horizontal bars; the names of the series are its legend.
pub(super) fn bars(title: &str, groups: &[Group], series: &[&str]) -> String {
    let whole = TOP + groups.iter().map(|group| height(group) + GAP).sum::<f64>();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {whole}\" font-family=\"sans-serif\" \
         font-size=\"11\" fill=\"#888\">\n<text x=\"10\" y=\"20\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    legend(&mut svg, groups, series);
    let longest = longest(groups);
    let mut y = TOP;
    for group in groups {
        let middle = y + height(group) / 2.0 + 4.0;
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            escaped(&group.name)
        );
        for bar in &group.bars {
            draw(&mut svg, bar, y, longest);
            y += BAR;
        }
        y += GAP;
    }
    svg.push_str("</svg>\n");
    svg
}

#[expect(clippy::cast_precision_loss, reason = "a few bars")]
fn height(group: &Group) -> f64 {
    BAR * group.bars.len() as f64
}

/// The value of a bar over the whole width.
fn longest(groups: &[Group]) -> f64 {
    let mut values: Vec<f64> = groups
        .iter()
        .flat_map(|group| &group.bars)
        .map(|bar| bar.value)
        .collect();
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied().unwrap_or(1.0);
    let last = values.last().copied().unwrap_or(1.0);
    last.min(LONG * middle).max(f64::MIN_POSITIVE)
}

fn legend(svg: &mut String, groups: &[Group], series: &[&str]) {
    let mut x = 10.0;
    for (index, name) in series.iter().enumerate() {
        let mut bars = groups.iter().flat_map(|group| &group.bars);
        if !bars.any(|bar| bar.series == index) {
            continue;
        }
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.0}\" y=\"34\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{:.0}\" y=\"43\">{name}</text>",
            COLOURS[index % COLOURS.len()],
            x + 15.0
        );
        #[expect(clippy::cast_precision_loss, reason = "a name")]
        let width = name.len() as f64;
        x += 35.0 + 6.5 * width;
    }
}

/// A bar that is too long ends in an arrow.
fn draw(svg: &mut String, bar: &Bar, y: f64, longest: f64) {
    let room = WIDTH - LEFT - RIGHT;
    let width = (bar.value / longest).min(1.0) * room;
    let (colour, end) = (COLOURS[bar.series % COLOURS.len()], LEFT + width);
    let (top, bottom) = (y + 1.0, y + BAR - 1.0);
    let _ = writeln!(
        svg,
        "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
        BAR - 2.0
    );
    let mut label = end + 4.0;
    if bar.value > longest {
        let middle = y + BAR / 2.0;
        let _ = writeln!(
            svg,
            "<path d=\"M{end:.1} {top:.1} l8 {:.1} L{end:.1} {bottom:.1} z\" fill=\"{colour}\"/>",
            middle - top
        );
        label += 8.0;
    }
    let _ = writeln!(
        svg,
        "<text x=\"{label:.1}\" y=\"{:.1}\">{}</text>",
        y + BAR - 3.0,
        bar.label
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(values: &[f64]) -> Group {
        let bar = |(series, value): (usize, &f64)| Bar {
            series,
            value: *value,
            label: value.to_string(),
        };
        Group {
            name: "fn(&str) -> u64".to_owned(),
            bars: values.iter().enumerate().map(bar).collect(),
        }
    }

    #[test]
    fn the_longest_bar_fills_the_width() {
        let svg = bars("hits", &[group(&[5.0, 10.0])], &["a", "b", "c"]);
        assert!(
            svg.contains("width=\"450.0\"") && svg.contains("width=\"225.0\""),
            "{svg}"
        );
        assert!(svg.contains("fn(&amp;str) -&gt; u64"), "{svg}");
        assert!(
            svg.contains(">b</text>") && !svg.contains(">c</text>"),
            "{svg}"
        );
    }

    #[test]
    fn a_bar_out_of_all_proportion_is_cut_off() {
        let svg = bars("hits", &[group(&[1.0, 2.0, 1_000.0])], &["a", "b", "c"]);
        assert_eq!(svg.matches("<path").count(), 1, "{svg}");
        assert!(svg.contains(">1000</text>"), "{svg}");
    }
}
