//! Pages of a list.

use serde::{Deserialize, Serialize};

/// Where a page stands in its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pagination {
    pub page: u32,
    pub pages: u32,
    pub per_page: u32,
    pub total: u32,
}

impl Pagination {
    /// A page, counted from 1; `None` where there is no such page. An empty list has one empty page.
    pub fn new(page: u32, per_page: u32, total: u32) -> Option<Self> {
        let pages = total.div_ceil(per_page.max(1)).max(1);
        (1..=pages).contains(&page).then_some(Self {
            page,
            pages,
            per_page,
            total,
        })
    }

    /// How many entries stand before this page.
    pub fn offset(&self) -> u32 {
        (self.page - 1) * self.per_page
    }

    /// The pages to link to: the first, the last and those around this one; `None` where some are left out.
    pub fn links(&self) -> Vec<Option<u32>> {
        let mut links = Vec::new();
        let mut last = 0;
        for page in
            (1..=self.pages).filter(|n| *n == 1 || *n == self.pages || n.abs_diff(self.page) <= 1)
        {
            match page - last {
                1 => {}
                2 => links.push(Some(page - 1)),
                _ => links.push(None),
            }
            links.push(Some(page));
            last = page;
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_that_exist_are_found_and_no_others() {
        let at = |page, total| Pagination::new(page, 10, total).map(|p| (p.pages, p.offset()));
        assert_eq!(at(1, 0), Some((1, 0)), "an empty list has one page");
        assert_eq!(at(1, 10), Some((1, 0)));
        assert_eq!(at(2, 10), None);
        assert_eq!(at(2, 11), Some((2, 10)));
        assert_eq!(at(0, 11), None);
        assert_eq!(at(u32::MAX, 11), None);
        assert_eq!(
            at(429_496_730, u32::MAX),
            Some((429_496_730, 4_294_967_290)),
            "the last page there can be"
        );
        assert_eq!(
            Pagination::new(1, 0, 7).map(|p| p.pages),
            Some(7),
            "nothing is divided by nought"
        );
    }

    #[test]
    fn links_show_the_ends_and_the_neighbours() {
        let links = |page, pages| {
            let links = Pagination {
                page,
                pages,
                per_page: 10,
                total: 0,
            }
            .links();
            links
                .iter()
                .map(|n| n.map_or("…".to_owned(), |n| n.to_string()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(links(1, 1), "1");
        assert_eq!(links(1, 3), "1 2 3");
        assert_eq!(links(1, 9), "1 2 … 9");
        assert_eq!(
            links(4, 9),
            "1 2 3 4 5 … 9",
            "a gap of one page is that page"
        );
        assert_eq!(links(5, 9), "1 … 4 5 6 … 9");
        assert_eq!(links(9, 9), "1 … 8 9");
    }
}
