"""The ASIN pipeline as Airflow DAGs: every day to the candidates, every week to a new model.

Each task is a command of `aim asin` for the logical date, and idempotent by it: a task that is retried, or a day that
is run again, changes nothing. Secrets come from the workers' environment: UNIFIED_API_TOKEN, DATABASE_URL.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

ARGUMENTS = {
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
}

# The stages of a day in their order. A mart that somebody should look at (2) is used, one that cannot be (3) is not.
DAILY = {
    "ingest": "aim asin ingest --date {{ ds }} --asin-file \"$AIM_LOCAL_ROOT/asin/config/asins.txt\"",
    "standardize": "aim asin standardize --date {{ ds }}",
    "features": "aim asin features --date {{ ds }}",
    "score": "aim asin score --date {{ ds }}",
    "predict": "test ! -f \"$AIM_LOCAL_ROOT/asin/artifacts/rank/model.txt\" || aim asin predict --date {{ ds }}",
    "validate": "aim asin validate --date {{ ds }} || [ $? -eq 2 ]",
    "candidates": "aim asin candidates --date {{ ds }}",
    "publish": "aim asin publish --date {{ ds }}",
    "alerts": "aim asin alerts --date {{ ds }}",
}

WEEKLY = {
    "labels": "aim asin labels --date {{ ds }}",
    "train": "aim asin train",
    "report": "aim asin report --weekly --date {{ ds }}",
}


def chain(dag_id: str, schedule: str, commands: dict[str, str]) -> DAG:
    """One task after the other, one run at a time."""
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        start_date=datetime(2024, 1, 1),
        catchup=False,
        max_active_runs=1,
        default_args=ARGUMENTS,
    ) as dag:
        before = None
        for task_id, command in commands.items():
            task = BashOperator(task_id=task_id, bash_command=command)
            if before is not None:
                before >> task
            before = task
    return dag


daily = chain("asin_daily_pipeline", "0 1 * * *", DAILY)
weekly = chain("asin_weekly_training", "0 4 * * 0", WEEKLY)
