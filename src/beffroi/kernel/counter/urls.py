"""Addresses of the counter, and of whoever was served there."""

from django.urls import path

from beffroi.kernel.counter.pages import desk, served, standing, way_in

urlpatterns = [
    path("counter/", desk.counter_choice, name="counter"),
    path("counter/<slug:slug>/", desk.counter_page, name="counter-desk"),
    path("counter/<slug:slug>/open/", desk.open_file, name="counter-open"),
    path("counter/<slug:slug>/people/", desk.new_person, name="counter-new"),
    path("counter/<slug:slug>/people/<uuid:pk>/", desk.person_file, name="counter-person"),
    path("mandate/", standing.summary, name="mandate"),
    path("mandate/end/", standing.end, name="mandate-end"),
    path("mandate/way-in/", way_in.way_in, name="mandate-way-in"),
    path("mandate/way-in/withdraw/", way_in.way_in_withdraw, name="mandate-way-in-withdraw"),
    path("mandate/again/<uuid:pk>/", standing.again, name="mandate-again"),
    path("account/done-for-me/", served.done_list, name="done-for-me"),
    path("account/done-for-me/<uuid:entry>/receipt/", served.receipt, name="done-for-me-receipt"),
]
