"""The same expressions on Spark, where the events of many ports or years are more than one machine takes."""

from itertools import count
from typing import Any

from services.indicators.events.computing import Outcome, Question, compute

STEADY = {
    "spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false", "spark.sql.ansi.enabled": "true",
    "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "8",
    "spark.sql.adaptive.enabled": "true",
}  # fmt: skip
WITHOUT_SECONDS = r"^(\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d\d)( ?(?:[Zz+-]|UTC|GMT).*)$"
"""A time with a zone but no seconds, which Spark does not read."""


def compute_on_spark(address: str, question: Question, master: str) -> Outcome:
    """The outcome of a file or folder that Spark can read: `*.csv` with a header, anything else Parquet.

    `master`: `local[4]`, `spark://host:7077`, `yarn`, … Raises ImportError where the extra `spark` is not installed.
    """
    import ibis  # noqa: PLC0415 -- heavy, and only this command needs them
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- as above
    from pyspark.sql.functions import regexp_replace  # noqa: PLC0415 -- as above

    building = SparkSession.builder.master(master).appName("portsnet events")
    for name, value in STEADY.items():
        building = building.config(name, value)
    session = building.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    engine = ibis.pyspark.connect(session)

    numbers = count(1)

    def run(expression: Any) -> list[dict[str, Any]]:
        return [row.asDict() for row in session.sql(engine.compile(expression)).collect()]

    def settle(expression: Any) -> Any:
        name = f"settled_{next(numbers)}"
        session.sql(engine.compile(expression)).cache().createOrReplaceTempView(name)
        return engine.table(name)

    try:
        reader = session.read.option("header", "true")
        found = reader.csv(address) if address.endswith(".csv") else session.read.parquet(address)
        found = found.toDF(*[name.strip().lower() for name in found.columns])
        for name, kind in found.dtypes:
            column = question.events.columns.get(name)
            if kind == "string" and column is not None and column.type == "time":
                found = found.withColumn(name, regexp_replace(name, WITHOUT_SECONDS, "$1:00$2"))
        found.createOrReplaceTempView("events")
        return compute(engine.table("events"), question, run, settle, settles_all=True)
    finally:
        session.stop()
