"""The day's page in Airflow's menu, and the contact check over HTTP. Registers only: both are made elsewhere."""

from __future__ import annotations

from datetime import date

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse

from recoup.gate.web import router as contact_check
from recoup.report.pages import page_of
from recoup.settings import load_settings

# A plugin's app is mounted without any login of its own: this dependency is what keeps strangers out.
app = FastAPI(title="Recoup", dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(contact_check)


@app.get("/day")
@app.get("/day/{list_date}")
def day_page(list_date: date | None = None) -> FileResponse:
    """The page of one list date, or of the newest."""
    page = page_of(load_settings(), list_date)
    if page is None:
        raise HTTPException(404, "No page yet: the task write_day_page of publish_contact_lists makes it.")
    return FileResponse(page, media_type="text/html")


class RecoupPlugin(AirflowPlugin):
    """What Airflow's plugin manager looks for."""

    name = "recoup"
    fastapi_apps = [{"app": app, "url_prefix": "/recoup", "name": "recoup"}]
    external_views = [
        {"name": "The day's lists", "href": "/recoup/day", "destination": "nav", "url_route": "recoup_day"},
    ]
