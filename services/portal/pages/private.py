"""The pages for members, together."""

from services.portal.pages import (
    account,
    campaigns,
    committee_discussions,
    committee_documents,
    committees,
    desk,
    documents,
    people,
    reminders,
    survey_actions,
    survey_form,
    survey_memory,
    survey_summary,
    survey_talk,
    survey_workshop,
    tasks,
)  # fmt: skip

ROUTERS = (
    desk.router,
    survey_form.router,
    survey_memory.router,
    survey_summary.router,
    survey_talk.router,
    survey_workshop.router,
    survey_actions.router,
    reminders.router,
    campaigns.router,
    people.router,
    committees.router,
    committee_documents.router,
    documents.router,
    committee_discussions.router,
    tasks.router,
    account.router,
)
