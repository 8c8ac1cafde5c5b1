//! `ListMetrics`.

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::{Shape, text_enum};

use crate::cloudwatch::errors::CloudWatchError;
use crate::cloudwatch::limits::{LISTED, LISTED_SECONDS, RECENT_SECONDS};
use crate::cloudwatch::metric::Metric;
use crate::cloudwatch::series::Series;
use crate::declare::{anything, operations};

operations! { "cloudwatch", CloudWatchError;
    read ListMetrics(ListMetricsInput) -> ListMetricsOutput = list, on anything, harmless &["IncludeLinkedAccounts"];
}

text_enum! {
    /// How newly a metric must have had a value.
    pub enum RecentlyActive { Pt3h = "PT3H" }
}

/// Input of [`ListMetrics`].
#[derive(Default, Shape)]
pub struct ListMetricsInput {
    pub(crate) namespace: Option<String>,
    pub(crate) metric_name: Option<String>,
    pub(crate) dimensions: Vec<DimensionFilter>,
    pub(crate) next_token: Option<String>,
    pub(crate) recently_active: Option<RecentlyActive>,
}

/// A dimension that a metric must have, of any value where none is given.
#[derive(Default, Shape)]
pub struct DimensionFilter {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// A page of metrics.
#[derive(Default, Shape)]
pub struct ListMetricsOutput {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) next_token: Option<String>,
}

impl ListMetricsInput {
    fn passes(&self, metric: &Metric) -> bool {
        let is = |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
        let has = |filter: &DimensionFilter| {
            let mut dimensions = metric.dimensions.iter();
            dimensions.any(|dimension| dimension.name == filter.name && is(&filter.value, &dimension.value))
        };
        is(&self.namespace, &metric.namespace) && is(&self.metric_name, &metric.metric_name) && self.dimensions.iter().all(has)
    }
}

fn list(tx: &mut Tx, call: &Call, input: ListMetricsInput) -> Result<ListMetricsOutput, CloudWatchError> {
    let seconds = if input.recently_active.is_some() {
        RECENT_SECONDS
    } else {
        LISTED_SECONDS
    };
    let oldest = call.now.secs() - seconds;
    let series = tx.list::<Series>(&call.place).into_iter();
    let listed = series.filter(|series| series.newest.secs() > oldest && input.passes(&series.metric));
    let mut metrics: Vec<Metric> = listed.map(|series| series.metric).collect();
    // Series are in the order of the metrics' ids; a metric in two units is one.
    metrics.dedup();
    let page = paginate(metrics, Metric::id, input.next_token.as_deref(), LISTED)?;
    Ok(ListMetricsOutput {
        metrics: page.items,
        next_token: page.next,
    })
}
